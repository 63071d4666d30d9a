package chef

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseRunListAccepts(t *testing.T) {
	for _, item := range []string{
		"foo", "foo::bar", "foo::bar@1.2.3", "foo@1.2", "foo@1.2.3", "foo@99999999999999999999.0", "3foo", ".", "-", "_",
		"recipe", "role", "recipe::foo", "role::foo", "recipe[recipe]", "recipe[foo::bar]", "recipe[foo@1.0]",
		"recipe[foo::bar@1.2.3]", "role[foo]", "role[role]", "role[r.1-_]",
	} {
		if got, err := ParseRunList(quoted(t, item)); err != nil || !slices.Equal(got, RunList{item}) {
			t.Errorf("%q: got %q, %v", item, got, err)
		}
	}
	if got, err := ParseRunList(json.RawMessage(" \n[ ]")); err != nil || len(got) != 0 {
		t.Errorf("empty list: got %q, %v", got, err)
	}
}

func TestParseRunListRejectsItems(t *testing.T) {
	for _, item := range []string{
		"", " ", "foo ", "foo bar", "foo:bar", "foo::", "::foo", "foo::bar::baz", "foo:::bar", "foo@", "foo@1", "foo@1.",
		"foo@1.2.3.4", "foo@a.b", "foo@1.2@1.2", "@1.2", "recipe[", "recipe[]", "recipe[foo", "recipe[foo]]", "recipe[foo]x",
		"recipe[foo@1]", "recipe[[foo]]", "fake[foo]", "Recipe[foo]", "role[]", "role[foo", "role[foo::bar]", "role[foo@1.0]",
		"role[foo:bar]", "föo", "foo\n", "recipe[foo]\n", "foo\x00",
	} {
		if got, err := ParseRunList(quoted(t, item)); err == nil {
			t.Errorf("%q was accepted as %q", item, got)
		}
	}
}

func TestParseRunListRejectsOtherJSON(t *testing.T) {
	for _, text := range []string{
		``, `null`, `"foo"`, `12`, `{}`, `true`, `[12]`, `[null]`, `["foo", null]`, `[["foo"]]`, `[{}]`, `["foo"`, `["foo"] []`,
	} {
		got, err := ParseRunList(json.RawMessage(text))
		if err == nil {
			t.Errorf("%s was accepted as %q", text, got)
		} else if CodeOf(err) != Internal {
			t.Errorf("%s: the error has code %q, which is for the caller to choose", text, CodeOf(err))
		}
	}
}

func TestNormalize(t *testing.T) {
	given := RunList{"foo", "recipe[foo]", "foo::default", "role[foo]", "recipe[bar@1.0.0]", "foo", "role[foo]", "bar@1.0.0"}
	want := RunList{"recipe[foo]", "recipe[foo::default]", "role[foo]", "recipe[bar@1.0.0]"}
	before := slices.Clone(given)
	if diff := cmp.Diff(want, given.Normalize()); diff != "" {
		t.Error(diff)
	}
	if !slices.Equal(before, given) {
		t.Error("Normalize changed its receiver")
	}
	if got := want.Normalize(); !slices.Equal(got, want) {
		t.Errorf("a normal list became %q", got)
	}
}

func TestRunListMarshals(t *testing.T) {
	for _, tc := range []struct {
		list RunList
		want string
	}{{nil, `[]`}, {RunList{}, `[]`}, {RunList{"role[a]", "recipe[b]"}, `["role[a]","recipe[b]"]`}} {
		if got := tc.list.Marshal(); string(got) != tc.want {
			t.Errorf("%#v: got %s, want %s", tc.list, got, tc.want)
		}
	}
}

func TestParseDepsolverItems(t *testing.T) {
	got, err := ParseDepsolverItems(json.RawMessage(
		`["b", "a::x", "a", "b@1.2", "a@1.2.0", "b::y@1.2", "c@1.0", "recipe[d::e@1.0]", "recipe[f@1.0]", "role[g]"]`))
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, r := range got {
		c := "any"
		if r.Constraint != nil {
			c = r.Constraint.String()
		}
		text = append(text, r.Name+" "+c)
	}
	want := []string{"b any", "a any", "b = 1.2", "a = 1.2.0", "c = 1.0", "recipe[d any", "recipe[f any", "role[g] any"}
	if diff := cmp.Diff(want, text); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{`["a@1"]`, `[1]`, `null`, `["a@9223372036854775808.0"]`} {
		if got, err := ParseDepsolverItems(json.RawMessage(bad)); err == nil {
			t.Errorf("%s was accepted as %v", bad, got)
		}
	}
}

// itemForms are Chef's own expressions, anchored at the very end.
var itemForms = []struct {
	prefix string
	form   *regexp.Regexp
}{
	{"recipe[", regexp.MustCompile(`^recipe\[(?:[.A-Za-z0-9_-]+::)?[.A-Za-z0-9_-]+(?:@[0-9]+(\.[0-9]+){1,2})?\]\z`)},
	{"role[", regexp.MustCompile(`^role\[[.A-Za-z0-9_-]+\]\z`)},
	{"", regexp.MustCompile(`^(?:[.A-Za-z0-9_-]+::)?[.A-Za-z0-9_-]+(?:@[0-9]+(\.[0-9]+){1,2})?\z`)},
}

func FuzzParseRunList(f *testing.F) {
	for _, seed := range []string{"foo", "foo::bar@1.2.3", "recipe[foo]", "role[foo]", "recipe[foo@1]", "a:::b", "::", "@1.2"} {
		f.Add(`["` + seed + `"]`)
	}
	f.Add(`[null]`)
	f.Add(`{"a":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		list, err := ParseRunList(json.RawMessage(text))
		if err == nil {
			checkAccepted(t, list)
		}
		if _, err := ParseDepsolverItems(json.RawMessage(text)); err == nil && list == nil {
			t.Fatalf("the solver accepts %q, which is no run list", text)
		}
		if want := matchesForm(text); validItem(text) != want {
			t.Fatalf("validItem(%q) = %v", text, !want)
		}
	})
}

func checkAccepted(t *testing.T, list RunList) {
	for _, item := range list {
		if !matchesForm(item) {
			t.Fatalf("%q was accepted", item)
		}
	}
	normal := list.Normalize()
	for i, item := range normal {
		if !validItem(item) || slices.Contains(normal[:i], item) {
			t.Fatalf("%q was normalized to %q", list, normal)
		}
	}
	if again := normal.Normalize(); !slices.Equal(again, normal) {
		t.Fatalf("%q is not normal: %q", normal, again)
	}
}

func matchesForm(item string) bool {
	for _, f := range itemForms {
		if strings.HasPrefix(item, f.prefix) {
			return f.form.MatchString(item)
		}
	}
	return false
}

func quoted(t *testing.T, item string) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal([]string{item})
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
