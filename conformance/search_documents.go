package conformance

import (
	"strings"
	"testing"
)

func searchPrecedence(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"n1","chef_environment":"prod",
		"default":{"k":"default","only_default":"d","deep":{"a":"da","b":"db"},"list":["d1","d2"],"name":"fake"},
		"normal":{"k":"normal","deep":{"b":"nb","c":"nc"}},
		"override":{"k":"override","deep":{"c":"oc","d":"od"},"list":["o1"]},
		"automatic":{"k":"automatic","deep":{"d":"ad"},"chef_environment":"fake"}}`).Ok(t)
	for _, q := range []string{"k:automatic", "only_default:d", "deep_a:da", "deep_b:nb", "deep_c:oc", "deep_d:ad", "list:o1", "name:n1", "chef_environment:prod", "chef_type:node"} {
		o.finds(t, "node", q, "n1")
	}
	for _, q := range []string{"k:default", "k:normal", "k:override", "deep_b:db", "deep_c:nc", "deep_d:od", "list:d1", "name:fake", "chef_environment:fake",
		"default_k:default", "automatic_k:automatic", "json_class:*"} {
		o.finds(t, "node", q, "")
	}
	o.user.Post(query("node", "name:n1"), `{"k":["k"],"deep":["deep"],"list":["list"],"name":["name"],"env":["chef_environment"],"raw":["default","k"]}`).
		Want(t, 200, `{"total":1,"start":0,"rows":[{"url":"$org/nodes/n1","data":{"k":"automatic",
			"deep":{"a":"da","b":"nb","c":"oc","d":"ad"},"list":["o1"],"name":"n1","env":"prod","raw":null}}]}`)
	o.super.Delete("/nodes/n1").Ok(t)
}

// searchExpansion: how a document becomes what can be searched for.
func searchExpansion(t *testing.T, o *org) {
	o.super.Post("/data", `{"name":"b1"}`).Ok(t)
	o.super.Post("/data/b1", `{"id":"deep","top":{"mid":{"bottom":"x"}},"words":"one two three","n":42,"f":1.5,"yes":true,"no":false,"nil":null,
		"list":["p","q",["r"],{"in":"s"}],"path":"foo/bar","Case":"MiXed","weird":"a:b@c.d-e"}`).Ok(t)
	o.super.Post("/data/b1", `{"id":"foo-bar","n":7}`).Ok(t)
	o.super.Post("/data/b1", `{"id":"foo","n":100}`).Ok(t)
	for q, want := range map[string]string{
		"top_mid_bottom:x": "deep", "bottom:x": "deep", "top:mid": "deep", "mid:bottom": "deep", "top_mid:bottom": "deep",
		"top_*_bottom:x": "deep", "top_bottom:x": "", "mid_bottom:x": "", "t*m:x": "deep", "*bottom:x": "deep",
		"words:one": "deep", "words:two": "", "two": "deep", "three": "deep", "tw": "", `words:"one two"`: "deep", `words:"one three"`: "", `words:"two three"`: "",
		`"two three"`: "deep",
		"n:42":        "deep", "n:[1 TO 5]": "deep foo", "n:[42 TO 7]": "deep foo-bar", "n:{42 TO 7}": "", "n:[* TO 2]": "foo", "n:[43 TO *]": "foo-bar",
		"n:[* TO *]": "deep foo-bar foo", "f:1.5": "deep", "yes:true": "deep", "no:false": "deep", "yes:false": "", "nil:*": "deep",
		"list:p": "deep", "list:q": "deep", "list:r": "deep", "list:in": "deep", "list_in:s": "deep", "in:s": "deep",
		`path:foo\/*`: "deep", `path:foo\/bar`: "deep", "Case:MiXed": "deep", "Case:mixed": "", "case:MiXed": "", "Case:mix*": "", "Case:MiX*": "deep",
		`weird:a\:b@c.d-e`: "deep", "weird:*@c*": "deep",
		"id:foo-bar": "foo-bar", "id:foo": "foo", "id:foo*": "foo foo-bar", "id:foo* AND NOT bar": "foo foo-bar", "id:f?o": "foo",
		"raw_data_id:foo": "", "data_bag:b1": "deep foo foo-bar", "chef_type:data_bag_item": "deep foo foo-bar", "X_CHEF_type_CHEF_X:data_bag_item": "deep foo foo-bar",
		"*:x": "deep", "*:*": "deep foo foo-bar", "nosuch:thing": "",
	} {
		o.finds(t, "b1", q, want)
	}
	o.super.Delete("/data/b1").Ok(t)
}

// searchDocuments: what roles and environments are found by.
func searchDocuments(t *testing.T, o *org) {
	o.super.Post("/roles", `{"name":"r1","run_list":["recipe[a]"],"default_attributes":{"k":{"l":"m"}},
		"env_run_lists":{"_default":["recipe[x]"],"prod":["recipe[y]"]}}`).Ok(t)
	o.super.Post("/environments", `{"name":"e1","cookbook_versions":{"nginx":"~> 1.2"},"override_attributes":{"o":"p"}}`).Ok(t)
	for q, want := range map[string]string{
		`run_list:recipe\[a\]`: "r1", "default_attributes_k_l:m": "r1", "l:m": "r1", "env_run_lists:prod": "r1", `prod:recipe\[y\]`: "r1",
		"env_run_lists:_default": "", `_default:recipe\[x\]`: "", "json_class:Chef*": "r1", "recipe:a": "",
	} {
		o.finds(t, "role", q, want)
	}
	for q, want := range map[string]string{
		"cookbook_versions:nginx": "e1", "override_attributes_o:p": "e1", "o:p": "e1", "name:_default": "_default", "name:*": "_default e1",
	} {
		o.finds(t, "environment", q, want)
	}
	o.super.Delete("/roles/r1").Ok(t)
	o.super.Delete("/environments/e1").Ok(t)
}

// searchOperators puts clauses together.
func searchOperators(t *testing.T, o *org) {
	o.super.Post("/data", `{"name":"b1"}`).Ok(t)
	for _, item := range []string{`{"id":"ab","a":"1","b":"1"}`, `{"id":"a","a":"1"}`, `{"id":"b","b":"1"}`, `{"id":"c","c":"1"}`} {
		o.super.Post("/data/b1", item).Ok(t)
	}
	for q, want := range map[string]string{
		"a:1 AND b:1": "ab", "a:1 && b:1": "ab", "a:1 OR b:1": "a ab b", "a:1 || b:1": "a ab b", "a:1 b:1": "a ab b",
		"a:1 AND NOT b:1": "a", "a:1 NOT b:1": "a", "a:1 -b:1": "a", "a:1 AND !b:1": "a", "NOT a:1": "b c", "!a:1": "b c", "id:* AND NOT a:1": "b c",
		"NOT (a:1 OR b:1)": "c", "(a:1 OR c:1) AND NOT b:1": "a c", "(a:1 AND b:1) OR c:1": "ab c", "a:1 AND (b:1 OR c:1)": "ab",
		"a:1 AND b:1 AND NOT c:1": "ab", "a:1 AND b:1 OR c:1": "ab", "id:ad~": "a ab b c", "id:abx~": "a ab b",
		"a:1 AND NOT (b:1)": "a", "((a:1))": "a ab", "(a:1 OR b:1) AND (b:1 OR c:1)": "ab b",
	} {
		o.finds(t, "b1", q, want)
	}
	o.super.Delete("/data/b1").Ok(t)
}

// searchEscapes: any special character may be part of a key or a value.
func searchEscapes(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"other","normal":{"attr":"plain"}}`).Ok(t)
	for _, c := range []string{"[", "]", `\`, `"`, "!", "(", ")", "{", "}", "^", "~", "*", "?", ":"} {
		key, value := jsonEscaped("key"+c+"abc"), jsonEscaped("hello"+c+"world")
		o.super.Post("/nodes", `{"name":"n1","normal":{"attr":"`+value+`","`+key+`":"found"}}`).Ok(t)
		e := `\` + c
		for _, q := range []string{"attr:hello%world", "*:hello%world", "attr:*%*", "attr:*%world", "attr:hello%*",
			"key%abc:found", "*%*:found", "*%abc:found", "key%*:found"} {
			o.finds(t, "node", strings.Replace(q, "%", e, 1), "n1")
		}
		for _, q := range []string{"attr:*%", "attr:%*", "attr:hello", "attr:world", "*%:found", "%*:found", "key:found", "abc:found"} {
			o.finds(t, "node", strings.Replace(q, "%", e, 1), "")
		}
		o.super.Delete("/nodes/n1").Ok(t)
	}
	o.super.Delete("/nodes/other").Ok(t)
}

// searchRunLists: a recipe is found by the text that the run list has.
func searchRunLists(t *testing.T, o *org) {
	for name, item := range map[string]string{
		"plain": "recipe[foo]", "bare": "foo", "default": "recipe[foo::default]", "version": "recipe[foo@1.0.0]", "both": "recipe[foo::default@1.0.0]", "role": "role[foo]",
	} {
		o.super.Post("/nodes", `{"name":"`+name+`","run_list":["`+item+`"],"policy_name":"p-`+name+`","policy_group":"g"}`).Ok(t)
	}
	for q, want := range map[string]string{
		"recipe:foo": "plain bare", `recipe:foo\:\:default`: "default", "recipe:foo@1.0.0": "version", `recipe:foo\:\:default@1.0.0`: "both",
		`run_list:recipe\[foo\]`: "plain bare", `run_list:recipe\[foo\:\:default\]`: "default", `run_list:recipe\[foo@1.0.0\]`: "version",
		`run_list:recipe\[foo\:\:default@1.0.0\]`: "both", "role:foo": "role", `run_list:role\[foo\]`: "role", "recipes:*": "", "roles:*": "",
		"policy_name:p-bare": "bare", "policy_group:g": "plain bare default version both role",
	} {
		o.finds(t, "node", q, want)
	}
	for _, name := range []string{"plain", "bare", "default", "version", "both", "role"} {
		o.super.Delete("/nodes/" + name).Ok(t)
	}
}

func searchPartial(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"n1","run_list":["recipe[a]","role[b]"],"normal":{"a":{"b":{"c":[1,2]}},"s":"text","no":false,"zero":0,"nil":null}}`).Ok(t)
	o.super.Post("/roles", `{"name":"r1","description":"d","default_attributes":{"x":1}}`).Ok(t)
	o.super.Post("/environments", `{"name":"e1","default_attributes":{"x":1}}`).Ok(t)
	o.super.Post("/data", `{"name":"b1"}`).Ok(t)
	o.super.Post("/data/b1", `{"id":"i1","x":{"y":"z"}}`).Ok(t)
	for _, row := range [][4]string{
		{query("node", "name:n1"), `"c":["a","b","c"],"b":["a","b"],"s":["s"],"no":["no"],"zero":["zero"],"nil":["nil"]`, "/nodes/n1",
			`"c":[1,2],"b":{"c":[1,2]},"s":"text","no":false,"zero":0,"nil":null`},
		{query("node", "name:n1"), `"missing":["x","y"],"empty":[],"into":["s","x"],"run_list":["run_list"],"recipe":["recipe"],"role":["role"]`, "/nodes/n1",
			`"missing":null,"empty":null,"into":"ERROR - Attribute does not exist","run_list":["recipe[a]","role[b]"],"recipe":["a"],"role":["b"]`},
		{query("role", "name:r1"), `"x":["default_attributes","x"],"d":["description"]`, "/roles/r1", `"x":1,"d":"d"`},
		{query("environment", "name:e1"), `"x":["default_attributes","x"],"n":["name"]`, "/environments/e1", `"x":1,"n":"e1"`},
		{query("b1", "id:i1"), `"y":["x","y"],"id":["id"],"raw":["raw_data","id"]`, "/data/b1/i1", `"y":"z","id":"i1","raw":null`},
		{query("client", "name:plain-client"), `"v":["validator"],"n":["name"]`, "/clients/plain-client", `"v":false,"n":"plain-client"`},
	} {
		o.user.Post(row[0], `{`+row[1]+`}`).Want(t, 200, `{"total":1,"start":0,"rows":[{"url":"$org`+row[2]+`","data":{`+row[3]+`}}]}`)
	}
	o.user.Post("/search/node?q=*:*&rows=0", `{"a":["name"]}`).Want(t, 200, `{"total":1,"start":0,"rows":[]}`)
	for _, path := range []string{"/nodes/n1", "/roles/r1", "/environments/e1", "/data/b1"} {
		o.super.Delete(path).Ok(t)
	}
}

func searchPartialFaults(t *testing.T, o *org) {
	rows := []refusal{{``, "invalid JSON"}, {`{`, "invalid JSON"}}
	for _, bad := range []string{`[]`, `"a"`, `1`, `null`, `{"a":"b"}`, `{"a":1}`, `{"a":true}`, `{"a":null}`, `{"a":{}}`, `{"a":[1]}`, `{"a":["b",null]}`, `{"a":[["b"]]}`, `{"a":["b"],"c":"d"}`} {
		rows = append(rows, refusal{bad, "invalid partial search request body"})
	}
	o.user.rejects(t, "POST", "/search/node", rows)
}

// searchPermissions: whoever belongs may search, whatever an object's ACL says.
func searchPermissions(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"n1"}`).Ok(t)
	o.super.Put("/nodes/n1/_acl/read", ace("read", `"$super"`, ``)).Ok(t)
	o.grants(t, []access{
		{"GET", "/search", "", 200, everybody, "read", nil},
		{"GET", "/search/node", "", 200, everybody, "read", nil},
		{"POST", "/search/node", `{"a":["name"]}`, 200, everybody, "read", nil},
	})
	o.super.Delete("/nodes/n1").Ok(t)
}
