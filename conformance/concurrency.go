package conformance

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
)

func testConcurrency(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"creation", concurrentCreation},
		{"deletion", concurrentDeletion},
		{"updates", concurrentUpdates},
		{"members", concurrentMembers},
		{"end of an organization", concurrentEnd},
		{"many rows", manyRows},
	})
}

// atOnce runs n calls at the same time and returns their answers.
func atOnce(n int, do func(i int) *response) []*response {
	answers := make([]*response, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { answers[i] = do(i) })
	}
	wg.Wait()
	return answers
}

// wantStatuses expects so many answers of each status.
func wantStatuses(t *testing.T, answers []*response, want ...int) {
	t.Helper()
	var got []int
	for _, r := range answers {
		if r.err != nil {
			t.Errorf("%s: %v", r, r.err)
		}
		got = append(got, r.status)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: statuses %v, want %v", answers[0], got, want)
	}
}

// concurrentCreation: of those who create the same thing, one has done it.
func concurrentCreation(t *testing.T, o *org) {
	o.super.Post("/data", `{"name":"b1"}`).Ok(t)
	o.let("U", o.unique("same"))
	for _, row := range [][3]string{
		{"/nodes", `{"name":"same"}`, "/nodes/same"},
		{"/roles", `{"name":"same"}`, "/roles/same"},
		{"/environments", `{"name":"same"}`, "/environments/same"},
		{"/data", `{"name":"same"}`, "/data/same"},
		{"/data/b1", `{"id":"same"}`, "/data/b1/same"},
		{"/clients", `{"name":"same","public_key":"$pub0"}`, "/clients/same"},
		{"/groups", `{"groupname":"same"}`, "/groups/same"},
		{"/containers", `{"containername":"same"}`, "/containers/same"},
		{"/policies/same/revisions", policyBody("same", "r1"), "/policies/same"},
		{"$root/users", userBody("$U"), "$root/users/$U"},
	} {
		answers := atOnce(4, func(int) *response { return o.super.Post(row[0], row[1]) })
		wantStatuses(t, answers, 201, 409, 409, 409)
		o.super.Get(row[2]).Want(t, 200, "")
		o.super.Delete(row[2]).Want(t, 200, "")
	}
	answers := atOnce(4, func(int) *response { return o.super.Put("/cookbooks/same/1.0.0", cookbookBody("same", "1.0.0", "")) })
	for _, r := range answers {
		if r.status != 201 && r.status != 200 && r.status != 409 {
			t.Errorf("%s: %d", r, r.status)
		}
	}
	o.super.Get("/cookbooks/same/1.0.0").Want(t, 200, "")
	o.dropCookbooks(t)
	o.super.Delete("/data/b1").Ok(t)
}

func concurrentDeletion(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"same"}`).Ok(t)
	wantStatuses(t, atOnce(4, func(int) *response { return o.super.Delete("/nodes/same") }), 200, 404, 404, 404)
	o.user.Get("/nodes").Want(t, 200, `{}`)
	o.finds(t, "node", "*:*", "")
}

// concurrentUpdates: whichever write comes last, it is there as a whole, and
// search says the same.
func concurrentUpdates(t *testing.T, o *org) {
	o.super.Post("/nodes", `{"name":"same"}`).Ok(t)
	for range 5 {
		answers := atOnce(8, func(i int) *response {
			return o.user.Put("/nodes/same", fmt.Sprintf(`{"normal":{"a":"w%d","b":"w%d","pad":%q}}`, i, i, strings.Repeat("x", 1000*i)))
		})
		wantStatuses(t, answers, 200, 200, 200, 200, 200, 200, 200, 200)
		var node struct{ Normal struct{ A, B string } }
		res := o.user.Get("/nodes/same").Ok(t)
		if res.Decode(t, &node); node.Normal.A == "" || node.Normal.A != node.Normal.B {
			t.Errorf("%s: mixed from several writes: %+v", res, node.Normal)
		}
		o.finds(t, "node", "a:"+node.Normal.A+" AND b:"+node.Normal.A, "same")
		o.finds(t, "node", "a:w* AND NOT a:"+node.Normal.A, "")
	}
	o.super.Delete("/nodes/same").Ok(t)
}

func concurrentMembers(t *testing.T, o *org) {
	u := o.newLocalUser(t, "u")
	o.let("U", u.name())
	associate := func(int) *response { return o.super.Post("/users", `{"username":"$U"}`) }
	wantStatuses(t, atOnce(4, associate), 201, 409, 409, 409)
	u.Get("/nodes").Want(t, 200, "")
	wantStatuses(t, atOnce(4, func(int) *response { return o.super.Delete("/users/$U") }), 200, 404, 404, 404)
	u.Get("/nodes").Want(t, 403, "")
	invite := func(int) *response { return o.admin.Post("/association_requests", `{"user":"$U"}`) }
	wantStatuses(t, atOnce(4, invite), 201, 409, 409, 409)
}

// concurrentEnd: what is written into an organization while it is deleted is
// there before or finds none. No answer is an error of the server's.
func concurrentEnd(t *testing.T, o *org) {
	o.let("D", o.unique("ends"))
	writes := []func(i int) *response{
		func(i int) *response {
			return o.super.Post("$root/organizations/$D/nodes", fmt.Sprintf(`{"name":"n%d"}`, i))
		},
		func(i int) *response {
			return o.super.Post("$root/organizations/$D/clients", fmt.Sprintf(`{"name":"n%d","public_key":"$pub0"}`, i))
		},
		func(i int) *response {
			return o.super.Put("$root/organizations/$D/cookbooks/a/1.0."+fmt.Sprint(i), cookbookBody("a", "1.0."+fmt.Sprint(i), ""))
		},
		func(int) *response { return o.super.Post("$root/organizations/$D/users", `{"username":"$user"}`) },
		func(int) *response {
			return o.super.Post("$root/organizations/$D/association_requests", `{"user":"$outsider"}`)
		},
		func(int) *response { return o.super.Post("$root/organizations/$D/sandboxes", sandboxBody("x")) },
		func(int) *response {
			return o.super.Put("$root/organizations/$D/organization/_acl/read", `{"read":{"actors":["$super"],"groups":[]}}`)
		},
		func(int) *response {
			return o.super.Put("$root/organizations/$D/clients/$D-validator/_acl/read", `{"read":{"actors":["$super"],"groups":[]}}`)
		},
	}
	for range 10 {
		o.super.Post("$root/organizations", `{"name":"$D","full_name":"Ends"}`).Ok(t)
		var writers sync.WaitGroup
		for _, write := range writes {
			writers.Go(func() {
				for i := range 1000 {
					res := write(i)
					if res.err != nil || res.status >= 500 && res.status != 503 {
						t.Errorf("%s: %d %v", res, res.status, res.err)
					}
					if res.status == 404 || res.err != nil {
						return
					}
				}
			})
		}
		o.super.Delete("$root/organizations/$D").Ok(t)
		writers.Wait()
	}
}

// manyRows: a search that does not say how many rows it wants gets a thousand.
func manyRows(t *testing.T, o *org) {
	const items, writers = 1005, 8
	o.super.Post("/data", `{"name":"many"}`).Ok(t)
	atOnce(writers, func(w int) *response {
		var last *response
		for i := w; i < items; i += writers {
			last = o.user.Post("/data/many", fmt.Sprintf(`{"id":"i%04d","even":%t}`, i, i%2 == 0))
			last.Want(t, 201, "")
		}
		return last
	})
	var f found
	o.user.Get("/search/many").Want(t, 200, `{"total":1005,"start":0,"rows":"<any>"}`).Decode(t, &f)
	if len(f.Rows) != 1000 {
		t.Errorf("%d rows, want 1000", len(f.Rows))
	}
	o.user.Get("/search/many?start=1000").Want(t, 200, `{"total":1005,"start":1000,"rows":["<any>","<any>","<any>","<any>","<any>"]}`)
	o.user.Get(query("many", "even:true")+"&rows=0").Want(t, 200, `{"total":503,"start":0,"rows":[]}`)
	var links map[string]string
	if o.user.Get("/data/many").Ok(t).Decode(t, &links); len(links) != items {
		t.Errorf("the bag lists %d items, want %d", len(links), items)
	}
	o.super.Delete("/data/many").Ok(t)
	o.user.Get("/search/many").Want(t, 404, "")
}
