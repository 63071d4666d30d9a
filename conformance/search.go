package conformance

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

func testSearch(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"indexes", searchIndexes},
		{"requests", searchRequests},
		{"paging", searchPaging},
		{"rows", searchRows},
		{"at once", searchAtOnce},
		{"precedence", searchPrecedence},
		{"expansion", searchExpansion},
		{"documents", searchDocuments},
		{"operators", searchOperators},
		{"escapes", searchEscapes},
		{"run lists", searchRunLists},
		{"partial", searchPartial},
		{"partial: faults", searchPartialFaults},
		{"permissions", searchPermissions},
	})
}

// query is the path of a search.
func query(index, q string) string { return "/search/" + index + "?q=" + url.QueryEscape(q) }

// found is the answer to a search, with the names of what it found.
type found struct {
	Total, Start int
	Rows         []struct {
		Name    string
		RawData struct{ ID string } `json:"raw_data"`
	}
}

func (f found) names() []string {
	names := []string{}
	for _, row := range f.Rows {
		name := row.Name
		if row.RawData.ID != "" {
			name = row.RawData.ID
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// finds expects a search to find exactly these (separated by blanks).
func (o *org) finds(t *testing.T, index, q, want string) {
	t.Helper()
	res := o.user.Get(query(index, q))
	if !res.hasStatus(t, 200) {
		return
	}
	var f found
	res.Decode(t, &f)
	wanted := strings.Fields(o.vars.expand(want))
	slices.Sort(wanted)
	if got := f.names(); !slices.Equal(got, wanted) || f.Total != len(wanted) {
		t.Errorf("search %s for %s: found %v (total %d), want %v", index, q, got, f.Total, wanted)
	}
}

func searchIndexes(t *testing.T, o *org) {
	builtin := `"client":"$org/search/client","environment":"$org/search/environment","node":"$org/search/node","role":"$org/search/role"`
	o.user.Get("/search").Want(t, 200, `{`+builtin+`}`)
	o.super.Post("/data", `{"name":"b1"}`).Ok(t)
	o.user.Get("/search").Want(t, 200, `{`+builtin+`,"b1":"$org/search/b1"}`)
	o.super.Delete("/data/b1").Ok(t)
	o.user.Get("/search").Want(t, 200, `{`+builtin+`}`)
	o.user.Get("/search/b1").WantError(t, 404, "I don't know how to search for b1 data objects.")
	o.user.Get("/search/b1?q=a:b").WantError(t, 404, "I don't know how to search for b1 data objects.")
	o.user.Post("/search/b1", `{"a":["b"]}`).WantError(t, 404, "I don't know how to search for b1 data objects.")
	empty := `{"total":0,"start":0,"rows":[]}`
	for _, index := range []string{"node", "role"} {
		o.user.Get("/search/"+index).Want(t, 200, empty)
		o.user.Post("/search/"+index, `{"a":["name"]}`).Want(t, 200, empty)
	}
	o.user.Get("/search/environment").Want(t, 200, `{"total":1,"start":0,"rows":[`+defaultEnvironment+`]}`)
	o.finds(t, "client", "*:*", "$client $validator")
	o.super.Post("/data", `{"name":"b1"}`).Ok(t)
	o.user.Get("/search/b1").Want(t, 200, empty)
	o.super.Delete("/data/b1").Ok(t)
}

func searchRequests(t *testing.T, o *org) {
	for _, bad := range []string{"", "(", ")", "a:(", "a:b)", "a b]", "[", "a:[1 TO", "a:[1 TO 2}", "a:{1 TO 2]", "AND a", ":a", "a:", "a:?b",
		"a#b", "a$b", "a,b", "a;b", "a<b", "a=b", "a>b", "a|b", "a'b", "a`b", "name:é", "a & b", "\"a", "a:\"b"} {
		o.user.Get(query("node", bad)).WantError(t, 400, "invalid search query: '"+bad+"'")
		o.user.Post(query("node", bad), `{"a":["b"]}`).WantError(t, 400, "invalid search query: '"+bad+"'")
	}
	for _, bad := range []string{"a AND", "a OR", "a AND AND b"} {
		o.user.Get(query("node", bad)).Want(t, 400, "") // by the parser or by what is behind it
	}
	for _, good := range []string{"*:*", "a", " a:b ", "a:b", "a:*", "*:b", "a:b*", "a:b?c*d", "a_*_b:c", `a:"b c"`, "a:[1 TO 2]", "a:{1 TO 2}", "a:[* TO 2]",
		"a:[1 TO *]", "a:[* TO *]", "a:b c:d", "a:b AND c:d", "a:b && c:d", "a:b OR c:d", "a:b || c:d", "NOT a:b", "!a:b", "a:b NOT c:d", "a:b AND NOT c:d",
		"a:b -c:d", "+a", "-a", "(a:b OR c:d) AND e:f", "a:(b OR c)", "a~", "a~0.5", "a^2", "a:b~", `a:b\:c`, `a:b\/c`, `run_list:recipe\[a\:\:b\]`,
		"XAND", "ANDX", "a:b.c/d@e+f", "*:hello*", `a:*"b c"*`, `*"a b"*:*`} {
		o.user.Get(query("node", good)).Want(t, 200, "")
	}
	for _, field := range []string{"rows", "start"} {
		for _, bad := range []string{"-1", "x", "1.5", "1x"} {
			o.user.Get("/search/node?"+field+"="+bad).WantError(t, 400, "invalid '"+field+"' value: '"+bad+"'")
		}
	}
	// The query is decoded twice.
	o.super.Post("/nodes", `{"name":"a:b"}`).Ok(t)
	o.user.Get("/search/node?q="+url.QueryEscape(url.QueryEscape(`name:a\:b`))).Want(t, 200, `{"total":1,"<more>":0}`)
	o.super.Delete("/nodes/a:b").Ok(t)
	for _, method := range []string{"PUT", "DELETE"} {
		o.user.Do(method, "/search/node", bodyFor(method, `{}`)).WantNotAllowed(t, "GET, POST")
		o.user.Do(method, "/search", bodyFor(method, `{}`)).WantNotAllowed(t, "GET")
	}
	o.user.Post("/search", `{}`).WantNotAllowed(t, "GET")
}

func searchPaging(t *testing.T, o *org) {
	names := []string{"n1", "n2", "n3", "n4", "n5"}
	for _, n := range names {
		o.super.Post("/nodes", `{"name":"`+n+`"}`).Ok(t)
	}
	page := func(start, rows string) []string {
		t.Helper()
		res := o.user.Get("/search/node?q=*:*&start="+start+"&rows="+rows+"&sort=name+desc").
			Want(t, 200, `{"total":5,"start":`+start+`,"rows":"<any>"}`)
		var f found
		res.Decode(t, &f)
		var got []string
		for _, row := range f.Rows {
			got = append(got, row.Name)
		}
		return got
	}
	all := page("0", "1000")
	if sorted := slices.Sorted(slices.Values(all)); !slices.Equal(sorted, names) {
		t.Fatalf("found %v, want %v", all, names)
	}
	for _, at := range [][2]int{{0, 2}, {2, 2}, {4, 2}, {0, 5}, {1, 3}, {5, 2}, {9, 2}, {0, 0}, {3, 0}} {
		from, to := min(at[0], 5), min(at[0]+at[1], 5)
		if got := page(fmt.Sprint(at[0]), fmt.Sprint(at[1])); !slices.Equal(got, all[from:to]) {
			t.Errorf("%d rows from %d: %v, want %v", at[1], at[0], got, all[from:to])
		}
	}
	for _, n := range names {
		o.super.Delete("/nodes/" + n).Ok(t)
	}
}

// searchRows: what each index answers with.
func searchRows(t *testing.T, o *org) {
	role := `{"name":"r1","description":"d","json_class":"Chef::Role","chef_type":"role","default_attributes":{"a":1},
		"override_attributes":{},"run_list":[],"env_run_lists":{"prod":[]}}`
	environment := `{"name":"e1","description":"","json_class":"Chef::Environment","chef_type":"environment",
		"default_attributes":{},"override_attributes":{},"cookbook_versions":{"a":"= 1.0.0"}}`
	node := `{"name":"n1","chef_environment":"_default","json_class":"Chef::Node","chef_type":"node",
		"normal":{"a":{"b":null}},"default":{},"override":{},"automatic":{"c":[1.5,true]},"run_list":["recipe[x]"]}`
	for path, body := range map[string]string{"/roles": role, "/environments": environment, "/nodes": node, "/data": `{"name":"b1"}`} {
		o.super.Post(path, body).Ok(t)
	}
	o.super.Post("/data/b1", `{"id":"i1","x":{"y":"z"}}`).Ok(t)
	one := func(row string) string { return `{"total":1,"start":0,"rows":[` + row + `]}` }
	o.user.Get(query("node", "name:n1")).Want(t, 200, one(node))
	o.user.Get(query("role", "name:r1")).Want(t, 200, one(role))
	o.user.Get(query("environment", "name:e1")).Want(t, 200, one(environment))
	o.user.Get(query("b1", "id:i1")).Want(t, 200, one(`{"name":"data_bag_item_b1_i1","json_class":"Chef::DataBagItem",
		"chef_type":"data_bag_item","data_bag":"b1","raw_data":{"id":"i1","x":{"y":"z"}}}`))
	client := `{"name":"$client","clientname":"$client","validator":false,"orgname":"$O","json_class":"Chef::ApiClient","chef_type":"client"%}`
	o.user.Get(query("client", "name:plain-client")).Want(t, 200, one(strings.Replace(client, "%", `,"public_key":"$pub0"`, 1)))
	o.user.v(1).Get(query("client", "name:plain-client")).Want(t, 200, one(strings.Replace(client, "%", "", 1)))
	o.user.Post(query("node", "name:n1"), `{}`).Want(t, 200, one(node))
	for _, path := range []string{"/roles/r1", "/environments/e1", "/nodes/n1", "/data/b1"} {
		o.super.Delete(path).Ok(t)
	}
}

// searchAtOnce: what was acknowledged is found, what was deleted is not. No
// waiting in between.
func searchAtOnce(t *testing.T, o *org) {
	for i := range 10 {
		o.let("V", fmt.Sprintf("v%d", i))
		o.super.Post("/nodes", `{"name":"n1","normal":{"k":"$V"}}`).Ok(t)
		o.finds(t, "node", "k:"+o.vars.expand("$V"), "n1")
		o.super.Put("/nodes/n1", `{"normal":{"k":"$Vx"}}`).Ok(t)
		o.finds(t, "node", "k:"+o.vars.expand("$V"), "")
		o.finds(t, "node", "k:"+o.vars.expand("$Vx"), "n1")
		o.super.Delete("/nodes/n1").Ok(t)
		o.finds(t, "node", "k:*", "")
	}
	o.super.Post("/data", `{"name":"b1"}`).Ok(t)
	o.super.Post("/data/b1", `{"id":"i1"}`).Ok(t)
	o.super.Post("/data/b1", `{"id":"i2"}`).Ok(t)
	o.finds(t, "b1", "id:*", "i1 i2")
	o.super.Put("/data/b1/i1", `{"id":"i1","k":"v"}`).Ok(t)
	o.finds(t, "b1", "k:v", "i1")
	o.super.Delete("/data/b1/i1").Ok(t)
	o.finds(t, "b1", "id:*", "i2")
	o.super.Delete("/data/b1").Ok(t)
	o.super.Post("/data", `{"name":"b1"}`).Ok(t)
	o.finds(t, "b1", "id:*", "")
	o.super.Delete("/data/b1").Ok(t)

	o.super.Post("/environments", `{"name":"e1"}`).Ok(t)
	o.super.Put("/environments/e1", `{"name":"e2"}`).Want(t, 201, "")
	o.finds(t, "environment", "name:e*", "e2")
	o.super.Delete("/environments/e2").Ok(t)
	o.super.Post("/clients", `{"name":"c1"}`).Ok(t)
	o.finds(t, "client", "name:c1", "c1")
	o.super.Put("/clients/c1", `{"name":"c2","validator":true}`).Want(t, 201, "")
	o.finds(t, "client", "name:c?", "c2")
	o.finds(t, "client", "validator:true", "c2 $validator")
	o.super.Delete("/clients/c2").Ok(t)
	o.super.Post("/roles", `{"name":"r1","description":"x"}`).Ok(t)
	o.finds(t, "role", "description:x", "r1")
	o.super.Delete("/roles/r1").Ok(t)
	o.finds(t, "role", "*:*", "")
	// What was refused is not found either.
	o.super.Post("/nodes", `{"name":"n1","normal":{"k":"first"}}`).Ok(t)
	o.super.Post("/nodes", `{"name":"n1","normal":{"k":"second"}}`).Want(t, 409, "")
	o.finds(t, "node", "k:second", "")
	o.finds(t, "node", "k:first", "n1")
	o.super.Delete("/nodes/n1").Ok(t)
}
