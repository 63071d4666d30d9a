package chef

import (
	"strings"
	"testing"
)

func TestParsePolicyRevision(t *testing.T) {
	const good = `{"revision_id":"909c26","name":"web","run_list":["recipe[a::default]"],
		"cookbook_locks":{"a":{"identifier":"f04c","version":"0.1.0","dotted_decimal_identifier":"1.2.3"}},"policy_group":"x"}`
	r, err := ParsePolicyRevision([]byte(good), "web")
	if err != nil {
		t.Fatal(err)
	}
	if r.ID != "909c26" || r.Policy != "web" || strings.Contains(string(r.Document), "policy_group") {
		t.Errorf("got %s %s %s", r.Policy, r.ID, r.Document)
	}
	for _, test := range []struct{ old, new, want string }{
		{`"revision_id":"909c26",`, ``, "Field 'revision_id' missing"},
		{`"909c26"`, `"a b"`, "Field 'revision_id' invalid"},
		{`"909c26"`, `"` + strings.Repeat("a", 256) + `"`, "Field 'revision_id' invalid"},
		{`"name":"web",`, ``, "Field 'name' missing"},
		{`"web"`, `"api"`, "Field 'name' invalid : web does not match api"},
		{`["recipe[a::default]"]`, `["recipe[a]"]`, "Field 'run_list' is not a valid run list"},
		{`["recipe[a::default]"]`, `["recipe[a::b@1.0]"]`, "Field 'run_list' is not a valid run list"},
		{`["recipe[a::default]"]`, `[1]`, "Field 'run_list' is not a valid run list"},
		{`"cookbook_locks"`, `"locks"`, "Field 'cookbook_locks' missing"},
		{`{"a":{`, `{"a b":{`, "Invalid key 'a b' for cookbook_locks"},
		{`"identifier":"f04c",`, ``, "Field 'identifier' missing"},
		{`"f04c"`, `"a b"`, "Field 'identifier' invalid"},
		{`"version":"0.1.0",`, ``, "Field 'version' missing"},
		{`"0.1.0"`, `"x"`, "Field 'version' is not a valid version"},
		{`"1.2.3"`, `"1.2.3.4"`, "Field 'dotted_decimal_identifier' is not a valid version"},
		{good, `[]`, "Incorrect JSON type for request body"},
	} {
		body := strings.Replace(good, test.old, test.new, 1)
		if _, err := ParsePolicyRevision([]byte(body), "web"); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.new, err, test.want)
		}
	}
}

func TestParseCookbookArtifact(t *testing.T) {
	for _, test := range []struct{ body, want string }{
		{`{"identifier":"1"}`, "Field 'name' missing"},
		{`{"name":"a","identifier":"x y"}`, "Field 'identifier' invalid"},
		{`{"name":"b","identifier":"1"}`, "Field 'name' invalid : a does not match b"},
		{`{"name":"a","identifier":"2"}`, "Field 'identifier' invalid : 1 does not match 2"},
		{`{"name":"a","identifier":"1","recipes":1}`, "Field 'recipes' invalid"},
	} {
		if _, err := ParseCookbookArtifact([]byte(test.body), "a", "1"); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.body, err, test.want)
		}
	}
	body := `{"name":"a","identifier":"1","metadata":7,"all_files":[{"name":"x","checksum":"2"}],"files":[{"name":"y","checksum":"1"}]}`
	a, err := ParseCookbookArtifact([]byte(body), "a", "1")
	if err != nil || strings.Join(a.Checksums, " ") != "1 2" {
		t.Errorf("got %v, %v", a, err)
	}
}

func TestParseSandbox(t *testing.T) {
	const sum = "d41d8cd98f00b204e9800998ecf8427e"
	for _, test := range []struct{ body, want string }{
		{`{}`, "Field 'checksums' missing"},
		{`{"checksums":[]}`, "Field 'checksums' invalid"},
		{`{"checksums":{}}`, "Bad checksums!"},
		{`{"checksums":{"` + sum + `":1}}`, "Bad checksums!"},
		{`{"checksums":{"` + sum[1:] + `":null}}`, "Bad checksums!"},
		{`{"checksums":{"` + sum[1:] + `g":null}}`, "Bad checksums!"},
		{`x`, "invalid JSON"},
	} {
		if _, err := ParseSandbox([]byte(test.body)); err == nil || err.Error() != test.want {
			t.Errorf("%s: got %v, want %s", test.body, err, test.want)
		}
	}
	if sums, err := ParseSandbox([]byte(`{"checksums":{"` + sum + `":null}}`)); err != nil || len(sums) != 1 || sums[0] != sum {
		t.Errorf("got %v, %v", sums, err)
	}
	if err := ParseSandboxCommit([]byte(`{"is_completed":true}`)); err != nil {
		t.Error(err)
	}
	for _, body := range []string{`{}`, `{"is_completed":false}`, `{"is_completed":1}`, `[]`} {
		if ParseSandboxCommit([]byte(body)) == nil {
			t.Errorf("%s is taken", body)
		}
	}
}

func FuzzParsePolicyfiles(f *testing.F) {
	f.Add([]byte(`{"revision_id":"1","name":"a","run_list":["recipe[a::b]"],"cookbook_locks":{"a":{"identifier":"1","version":"1"}}}`))
	f.Add([]byte(`{"name":"a","identifier":"1","recipes":[{"name":"x","checksum":"1"}]}`))
	f.Add([]byte(`{"checksums":{"d41d8cd98f00b204e9800998ecf8427e":null},"is_completed":true,"run_list":["a::b@1.0"]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		_, policy := ParsePolicyRevision(body, "a")
		_, artifact := ParseCookbookArtifact(body, "a", "1")
		_, sandbox := ParseSandbox(body)
		_, runList := ParseRunListRequest(body)
		for _, err := range []error{policy, artifact, sandbox, runList, ParseSandboxCommit(body)} {
			if err != nil && CodeOf(err) != Invalid {
				t.Fatalf("not the client's error: %v", err)
			}
		}
	})
}
