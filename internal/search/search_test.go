package search

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const org = 7

func nodeRef(name string) Ref { return Ref{Type: TypeNode, Name: name} }
func item(bag, name string) Ref {
	return Ref{Type: TypeItem, Bag: bag, Name: name}
}

// TestQueries runs queries on a few nodes and items, most of which the
// original's acceptance suite asks.
func TestQueries(t *testing.T) {
	m := newMemory()
	x := mustOpen(t, t.TempDir(), m)
	m.put(org, nodeRef("deep"), `{"name":"deep","run_list":[],"default":{"top":{"mid":{"bottom":"x"}},"n":1.50,"e":{},"empty":null}}`)
	m.put(org, nodeRef("web1"), `{"name":"web1","chef_environment":"prod","run_list":["recipe[foo]","recipe[bar::baz]","role[web]"],
		"automatic":{"platform":"ubuntu","packages":{"bash":{"version":"5.1"},"GNU tar":{"version":"1.2"}},"motd":"welcome to the web"}}`)
	m.put(org, nodeRef("web2"), `{"name":"web2","chef_environment":"dev","run_list":["recipe[foo@1.0.0]"],"automatic":{"platform":"centos","ipaddress":"10.0.0.2"},"policy_name":"p"}`)
	m.put(org, item("x", "foo"), `{"id":"foo","path":"foo/bar"}`)
	m.put(org, item("x", "foo-bar"), `{"id":"foo-bar","ssh":{"public_key":"---RSA Public Key--- Alice"}}`)
	m.put(org, item("y", "foo"), `{"id":"foo"}`)
	m.put(org, Ref{Type: TypeRole, Name: "web"}, `{"name":"web","run_list":[],"env_run_lists":{"_default":["recipe[a]"],"prod":["recipe[b]"]}}`)
	mustCatchUp(t, x, m, org)

	for _, c := range []struct {
		typ, bag, q string
		want        []string
	}{
		{TypeNode, "", "*:*", []string{"deep", "web1", "web2"}},
		{TypeNode, "", "name:web1", []string{"web1"}},
		{TypeNode, "", "name:web*", []string{"web1", "web2"}},
		{TypeNode, "", "name:w?b1", []string{"web1"}},
		{TypeNode, "", "top_mid_bottom:x", []string{"deep"}},
		{TypeNode, "", "bottom:x", []string{"deep"}},
		{TypeNode, "", "top:mid", []string{"deep"}},
		{TypeNode, "", "mid:bottom", []string{"deep"}},
		{TypeNode, "", "top_mid:bottom", []string{"deep"}},
		{TypeNode, "", "top_bottom:x", nil},
		{TypeNode, "", "top_*_bottom:x", []string{"deep"}},
		{TypeNode, "", "top:*", []string{"deep"}},
		{TypeNode, "", "*:x", []string{"deep"}},
		{TypeNode, "", "*:mid", []string{"deep"}},
		{TypeNode, "", "n:1.5", []string{"deep"}},
		{TypeNode, "", "e:*", nil},
		{TypeNode, "", "empty:*", []string{"deep"}},
		{TypeNode, "", "packages:ba*", []string{"web1"}},
		{TypeNode, "", "packages_bash_version:5.1", []string{"web1"}},
		{TypeNode, "", "packages:*", []string{"web1"}},
		{TypeNode, "", `packages:"GNU tar"`, []string{"web1"}},
		{TypeNode, "", `motd:"welcome to"`, []string{"web1"}},
		{TypeNode, "", `motd:"welcome the"`, nil},
		{TypeNode, "", `"to the"`, []string{"web1"}},
		{TypeNode, "", `"the to"`, nil},
		{TypeNode, "", `"the to"~2`, []string{"web1"}},
		{TypeNode, "", "welcome", nil},
		{TypeNode, "", "the", []string{"web1"}},
		{TypeNode, "", "web1", nil},
		{TypeNode, "", "plat*", []string{"web1", "web2"}},
		{TypeNode, "", "platform_*", []string{"web1", "web2"}},
		{TypeNode, "", "recipe:foo", []string{"web1"}},
		{TypeNode, "", `run_list:recipe\[foo\]`, []string{"web1"}},
		{TypeNode, "", `run_list:recipe\[bar\:\:baz\]`, []string{"web1"}},
		{TypeNode, "", `recipe:foo@1.0.0`, []string{"web2"}},
		{TypeNode, "", "role:web", []string{"web1"}},
		{TypeNode, "", "policy_name:p", []string{"web2"}},
		{TypeNode, "", "chef_environment:prod AND platform:ubuntu", []string{"web1"}},
		{TypeNode, "", "platform:ubuntu platform:centos", []string{"web1", "web2"}},
		{TypeNode, "", "name:web* AND NOT platform:ubuntu", []string{"web2"}},
		{TypeNode, "", "name:web* NOT platform:ubuntu", []string{"web2"}},
		{TypeNode, "", "name:web* -platform:ubuntu", []string{"web2"}},
		{TypeNode, "", "NOT name:web*", []string{"deep"}},
		{TypeNode, "", "name:[web1 TO web2]", []string{"web1", "web2"}},
		{TypeNode, "", "name:{web1 TO *}", []string{"web2"}},
		{TypeNode, "", "name:[* TO web1]", []string{"deep", "web1"}},
		{TypeNode, "", "ipaddress:[* TO *]", []string{"web2"}},
		{TypeNode, "", "platform:ubunto~", []string{"web1"}},
		{TypeNode, "", "platform:ubunto~0.99", nil},
		{TypeNode, "", `attr:*"hello world"*`, []string{"deep", "web1", "web2"}},
		{TypeNode, "", "no_way:no_how", nil},
		{TypeNode, "", "X_CHEF_type_CHEF_X:node", []string{"deep", "web1", "web2"}},
		{TypeItem, "x", "*:*", []string{"foo", "foo-bar"}},
		{TypeItem, "x", "id:foo-bar", []string{"foo-bar"}},
		{TypeItem, "x", "id:foo* AND NOT bar", []string{"foo", "foo-bar"}},
		{TypeItem, "x", `path:foo\/*`, []string{"foo"}},
		{TypeItem, "x", "ssh_public_key:*", []string{"foo-bar"}},
		{TypeItem, "x", "raw_data_ssh_public_key:*", nil},
		{TypeItem, "x", "data_bag:x", []string{"foo", "foo-bar"}},
		{TypeItem, "y", "id:foo", []string{"foo"}},
		{TypeItem, "z", "*:*", nil},
		{TypeRole, "", "env_run_lists_prod:*", []string{"web"}},
		{TypeRole, "", "env_run_lists:_default", nil},
		{TypeEnvironment, "", "*:*", nil},
	} {
		got := names(t, x, Query{Org: org, Type: c.typ, Bag: c.bag, Text: c.q})
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s %s %q: (-want +got)\n%s", c.typ, c.bag, c.q, diff)
		}
	}
}

// TestWordBreak is the acceptance suite's: special characters neither break
// words nor match what is next to them.
func TestWordBreak(t *testing.T) {
	m := newMemory()
	x := mustOpen(t, t.TempDir(), m)
	for i, c := range `[]"!(){}^~*?:\` {
		m.put(org, nodeRef(fmt.Sprint("n", i)), fmt.Sprintf(`{"default":{"attr":%s,%s:"v%d"}}`,
			quote(fmt.Sprintf("hello%cworld", c)), quote(fmt.Sprintf("key%cabc", c)), i))
	}
	mustCatchUp(t, x, m, org)
	for i, c := range `[]"!(){}^~*?:\` {
		hit := []string{fmt.Sprint("n", i)}
		for q, want := range map[string][]string{
			`attr:hello\%cworld`: hit, `*:hello\%cworld`: hit, `attr:*\%c*`: hit, `attr:*\%cworld`: hit,
			`attr:hello\%c*`: hit, `attr:*\%c`: nil, `attr:\%c*`: nil,
			`key\%cabc:v*`: hit, `*\%c*:v*`: hit, `*\%cabc:v*`: hit, `key\%c*:v*`: hit, `*\%c:v*`: nil, `\%c*:v*`: nil,
		} {
			got := names(t, x, Query{Org: org, Type: TypeNode, Text: fmt.Sprintf(q, c)})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf(q+": (-want +got)\n%s", c, diff)
			}
		}
	}
}

func TestPaging(t *testing.T) {
	m := newMemory()
	x := mustOpen(t, t.TempDir(), m)
	for i := range 5 {
		m.put(org, nodeRef(fmt.Sprint("n", i)), `{"default":{"a":1}}`)
	}
	mustCatchUp(t, x, m, org)
	for _, text := range []string{"*:*", "a:1"} {
		for _, c := range []struct {
			start, rows int
			want        []string
		}{
			{0, 2, []string{"n0", "n1"}}, {3, 2, []string{"n3", "n4"}}, {4, 10, []string{"n4"}}, {5, 10, nil}, {9, 1, nil}, {0, 0, nil},
		} {
			res, err := x.Search(t.Context(), Query{Org: org, Type: TypeNode, Text: text, Start: c.start, Rows: c.rows})
			if err != nil || res.Total != 5 {
				t.Errorf("%s: total %d, error %v", text, res.Total, err)
			}
			var got []string
			for _, r := range res.Refs {
				got = append(got, r.Name)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s from %d, %d rows: (-want +got)\n%s", text, c.start, c.rows, diff)
			}
		}
	}
}
