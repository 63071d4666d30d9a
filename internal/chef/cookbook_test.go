package chef

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	sumA = "00000000000000000000000000000001"
	sumB = "00000000000000000000000000000002"
)

func cookbookBody(t *testing.T, change func(map[string]any)) []byte {
	t.Helper()
	doc := map[string]any{
		"name": "apache2-1.2.3", "cookbook_name": "apache2", "version": "1.2.3",
		"metadata": map[string]any{"version": "1.2.3"},
	}
	change(doc)
	body, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func fileEntry(name, sum string) map[string]any {
	return map[string]any{"name": name, "path": "x/" + name, "checksum": sum, "specificity": "default"}
}

func TestParseCookbookVersionRefuses(t *testing.T) {
	for _, test := range []struct {
		want   string
		all    bool
		change func(map[string]any)
	}{
		{want: "Invalid key x in request body", change: func(d map[string]any) { d["x"] = 1; delete(d, "name") }},
		{want: "Invalid key all_files in request body", change: func(d map[string]any) { d["all_files"] = []any{} }},
		{want: "Invalid key recipes in request body", all: true, change: func(d map[string]any) { d["recipes"] = []any{} }},
		{want: "Field 'name' missing", change: func(d map[string]any) { delete(d, "name") }},
		{want: "Field 'name' invalid", change: func(d map[string]any) { d["name"] = "apache2-1.2" }},
		{want: "Field 'cookbook_name' invalid", change: func(d map[string]any) { d["cookbook_name"] = 1 }},
		{want: "Field 'json_class' invalid", change: func(d map[string]any) { d["json_class"] = "Chef::Role" }},
		{want: "Field 'metadata' missing", change: func(d map[string]any) { delete(d, "metadata") }},
		{want: "Field 'metadata' invalid", change: func(d map[string]any) { d["metadata"] = []any{} }},
		{want: "Field 'metadata.version' missing", change: func(d map[string]any) { d["metadata"] = map[string]any{} }},
		{want: "Field 'metadata.version' invalid", change: metadata("version", "1.2")},
		{want: "Field 'metadata.name' invalid", change: metadata("name", "a b")},
		{want: "Field 'metadata.license' invalid", change: metadata("license", nil)},
		{want: "Field 'metadata.dependencies' invalid", change: metadata("dependencies", "foo")},
		{want: "Invalid key 'a b' for metadata.dependencies", change: metadata("dependencies", map[string]any{"a b": "1.0"})},
		{want: "Invalid value '>=1' for metadata.dependencies", change: metadata("dependencies", map[string]any{"a": ">=1"})},
		{want: "Field 'metadata.groupings' invalid", change: metadata("groupings", 1)},
		{want: "Field 'recipes' invalid", change: func(d map[string]any) { d["recipes"] = "foo" }},
		{want: "Invalid element in array value of 'recipes'.", change: func(d map[string]any) { d["recipes"] = []any{map[string]any{}} }},
		{want: "Invalid element in array value of 'all_files'.", all: true, change: func(d map[string]any) { d["all_files"] = []any{"x"} }},
		{want: "Field 'version' invalid", change: func(d map[string]any) { d["version"] = "1.2" }},
		{want: "Field 'frozen?' invalid", change: func(d map[string]any) { d["frozen?"] = "yes" }},
	} {
		_, err := ParseCookbookVersion(cookbookBody(t, test.change), "apache2", "1.2.3", test.all)
		if err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func metadata(key string, value any) func(map[string]any) {
	return func(d map[string]any) { d["metadata"].(map[string]any)[key] = value }
}

func TestParseCookbookVersionChecksTheURLBeforeTheBody(t *testing.T) {
	for _, test := range []struct{ name, version, want string }{
		{"a@b", "1.2.x", "Invalid cookbook version '1.2.x'."},
		{"a@b", "1.2.3", "Invalid cookbook name 'a@b' using regex: 'Malformed cookbook name. Must only contain A-Z, a-z, 0-9, _, . or -'."},
		{"ab", "1.2.9223372036854775808", "Invalid cookbook version '1.2.9223372036854775808'."},
	} {
		if _, err := ParseCookbookVersion([]byte("{"), test.name, test.version, false); err == nil || err.Error() != test.want {
			t.Errorf("got %v, want %s", err, test.want)
		}
	}
}

func TestParseCookbookVersionTakesApart(t *testing.T) {
	c, err := ParseCookbookVersion(cookbookBody(t, func(d map[string]any) {
		d["recipes"] = []any{fileEntry("mod_ssl.rb", sumB), fileEntry("default.rb", sumA), fileEntry("sub/deep.rb", sumB)}
		d["metadata"].(map[string]any)["dependencies"] = map[string]any{"apt": "1.0"}
	}), "apache2", "1.2.3", false)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"apache2", "apache2::deep", "apache2::mod_ssl"}, c.Recipes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{sumA, sumB}, c.Checksums); diff != "" {
		t.Error(diff)
	}
	if got := string(c.Dependencies); got != `{"apt":"1.0"}` {
		t.Error(got)
	}
	for _, absent := range []string{`"json_class":"Chef::CookbookVersion"`, `"chef_type":"cookbook_version"`, `"frozen?":false`} {
		if !strings.Contains(string(c.Document()), absent) {
			t.Errorf("%s is not in %s", absent, c.Document())
		}
	}
	c.Freeze()
	if !c.Frozen || !strings.Contains(string(c.Document()), `"frozen?":true`) {
		t.Errorf("not frozen: %s", c.Document())
	}
}

func FuzzParseCookbookVersion(f *testing.F) {
	f.Add([]byte(`{"name":"a-1","cookbook_name":"a","metadata":{"version":"1"},"recipes":[{"name":"default.rb","path":"","checksum":"","specificity":""}]}`), false)
	f.Add([]byte(`{"name":"a-1","cookbook_name":"a","metadata":{"version":"1","dependencies":{"b":"> 1"}},"all_files":[{"name":"recipes/x.rb","path":"","checksum":"","specificity":""}]}`), true)
	f.Fuzz(func(t *testing.T, body []byte, all bool) {
		c, err := ParseCookbookVersion(body, "a", "1", all)
		if err != nil {
			if CodeOf(err) != Invalid {
				t.Fatalf("not the client's error: %v", err)
			}
			return
		}
		for _, form := range []ManifestForm{{}, {AllFiles: true}, {Minimal: true}, {AllFiles: true, Artifact: true}} {
			m, err := NewManifest(c.Document(), form)
			if err != nil {
				t.Fatal(err)
			}
			served := m.Append(nil, func(dst []byte, _ string) []byte { return append(dst, "http://x"...) })
			if !json.Valid(served) {
				t.Fatalf("%+v serves invalid JSON: %s", form, served)
			}
		}
	})
}
