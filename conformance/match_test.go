package conformance

import "testing"

func TestMatch(t *testing.T) {
	for _, row := range []struct {
		want, got string
		ok        bool
	}{
		{`{"a":1}`, `{"a":1}`, true},
		{`{"a":1}`, `{"a":1.0}`, true},
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{"a":1,"b":2}`, false},
		{`{"a":1,"b":2}`, `{"a":1}`, false},
		{`{"a":1,"<more>":0}`, `{"a":1,"b":2}`, true},
		{`{"a":null}`, `{"a":null}`, true},
		{`{"a":null}`, `{}`, false},
		{`123456789012345678901`, `123456789012345678902`, false},
		{`[1,2]`, `[1,2]`, true},
		{`[1,2]`, `[2,1]`, false},
		{`[1]`, `[1,1]`, false},
		{`["<unordered>",1,2]`, `[2,1]`, true},
		{`["<unordered>",1,1]`, `[1,2]`, false},
		{`["<unordered>",1]`, `[1,2]`, false},
		{`["<containing>",1]`, `[2,1]`, true},
		{`["<containing>",3]`, `[2,1]`, false},
		{`["<unordered>",{"a":"<any>"}]`, `[{"a":1}]`, true},
		{`"<hex32>"`, `"0123456789abcdef0123456789abcdef"`, true},
		{`"<hex32>"`, `"0123"`, false},
		{`"<int>"`, `7`, true},
		{`"<int>"`, `7.5`, false},
		{`"<bool>"`, `false`, true},
		{`"<bool>"`, `"false"`, false},
		{`"<string>"`, `""`, true},
		{`"<string>"`, `null`, false},
		{`"<public>"`, `"no key"`, false},
		{`"<private>"`, `{}`, false},
		{`{}`, ``, false},
		{`{}`, `{}{}`, false},
		{`{}`, `[]`, false},
		{`[]`, `{}`, false},
	} {
		if err := match(row.want, []byte(row.got)); (err == nil) != row.ok {
			t.Errorf("match(%s, %s) = %v", row.want, row.got, err)
		}
	}
}

func TestVarsPreferTheLongerName(t *testing.T) {
	v := newVars()
	v.set("org", "1")
	v.set("orgs", "2")
	v.set("O", "3")
	if got := v.expand("$orgs $org $O $unknown"); got != "2 1 3 $unknown" {
		t.Errorf("expanded to %q", got)
	}
}
