package conformance

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func testLimits(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"body", limitBody},
		{"names", limitNames},
		{"JSON", jsonValues},
		{"not JSON", jsonFaults},
		{"numbers", jsonNumbers},
	})
}

// padded is a request for node n1 of exactly size bytes.
func padded(size int) string {
	const head, tail = `{"name":"n1","normal":{"pad":"`, `"}}`
	return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
}

func limitBody(t *testing.T, o *org) {
	most := o.target.MaxBody
	message := fmt.Sprintf("JSON must be no more than %d bytes.", most)
	o.user.Post("/nodes", padded(most)).WantCreated(t, "$org/nodes/n1")
	o.user.Put("/nodes/n1", padded(most)).Want(t, 200, "")
	if res := o.user.Get("/nodes/n1").Want(t, 200, ""); len(res.body) < most {
		t.Errorf("%s: %d bytes of %d", res, len(res.body), most)
	}
	chunked := o.user.edited(func(r *http.Request) { r.ContentLength = -1 })
	chunked.Put("/nodes/n1", padded(most)).Want(t, 200, "")
	for _, a := range []actor{o.user, chunked} {
		a.Post("/nodes", padded(most+1)).WantPlain(t, 413, message)
		a.Put("/nodes/n1", padded(most+1)).WantPlain(t, 413, message)
	}
	o.stranger.Post("/nodes", padded(most+1)).WantPlain(t, 413, message)
	o.user.Post("/nodes", padded(2*most)).WantPlain(t, 413, message)
	o.super.Post("$root/users", padded(most+1)).WantPlain(t, 413, message)
	o.user.Delete("/nodes/n1").Want(t, 200, "")
}

func limitNames(t *testing.T, o *org) {
	for _, n := range []int{1, 63, 64, 128, 255} {
		o.let("N", strings.Repeat("n", n))
		o.user.Post("/nodes", `{"name":"$N"}`).WantCreated(t, "$org/nodes/$N")
		o.user.Get("/nodes/$N").Want(t, 200, `{"name":"$N","<more>":0}`)
		o.user.Post("/roles", `{"name":"$N"}`).WantCreated(t, "$org/roles/$N")
		o.user.Post("/data", `{"name":"$N"}`).WantCreated(t, "$org/data/$N")
		o.user.Post("/data/$N", `{"id":"$N"}`).Want(t, 201, "")
		o.user.Get("/data/$N/$N").Want(t, 200, `{"id":"$N"}`)
		for _, path := range []string{"/nodes/$N", "/roles/$N", "/data/$N"} {
			o.user.Delete(path).Ok(t)
		}
	}
	long := strings.Repeat("p", 255)
	o.user.Post("/nodes", `{"name":"n1","policy_name":"`+long+`","policy_group":"`+long+`"}`).Ok(t)
	o.user.rejects(t, "PUT", "/nodes/n1", []refusal{
		{`{"policy_name":"` + long + `p"}`, "Field 'policy_name' invalid"},
		{`{"policy_group":"` + long + `p"}`, "Field 'policy_group' invalid"},
	})
	o.user.Delete("/nodes/n1").Ok(t)
}

// keeps stores a value in a data bag item, which may hold anything, and
// expects it back.
func (o *org) keeps(t *testing.T, sent, want string) {
	t.Helper()
	o.user.Put("/data/b1/i1", `{"id":"i1","v":`+sent+`}`).Want(t, 200, `{"id":"i1","v":`+want+`,"chef_type":"data_bag_item","data_bag":"b1"}`)
	o.user.Get("/data/b1/i1").Want(t, 200, `{"id":"i1","v":`+want+`}`)
}

func jsonValues(t *testing.T, o *org) {
	o.user.Post("/data", `{"name":"b1"}`).Ok(t)
	o.user.Post("/data/b1", `{"id":"i1"}`).Ok(t)
	for _, v := range []string{`null`, `true`, `false`, `0`, `""`, `[]`, `{}`, `[[],{},[{}]]`, `{"":""}`, `"ü 東京 😀"`, `"\u00fc\ud83d\ude00"`, `"\"\\\/\b\f\n\r\t"`,
		`"\u0001\u001f\u007f"`, `"<>&"`, `"\u2028\u2029"`, `{"a":{"a":{"a":null}}}`, `{"ключ":"значение"}`, `" "`} {
		o.keeps(t, v, v)
	}
	o.keeps(t, " {\t\"a\" :\n[ 1 , 2 ]\r} ", `{"a":[1,2]}`)
	deep := strings.Repeat(`{"a":[`, 250) + `1` + strings.Repeat(`]}`, 250)
	o.keeps(t, deep, deep)
	o.user.Delete("/data/b1").Ok(t)
}

func jsonNumbers(t *testing.T, o *org) {
	o.user.Post("/data", `{"name":"b1"}`).Ok(t)
	o.user.Post("/data/b1", `{"id":"i1"}`).Ok(t)
	for _, v := range []string{`-1`, `-0`, `9007199254740993`, `9223372036854775807`, `9223372036854775808`, `-9223372036854775809`, `18446744073709551616`,
		`123456789012345678901234567890`, `0.1`, `1.0`, `-1.5`, `1e5`, `1E-7`, `2.2250738585072014e-308`, `1.7976931348623157e308`} {
		o.keeps(t, v, v)
	}
	o.user.Delete("/data/b1").Ok(t)
	node := `{"name":"n1","automatic":{"big":123456789012345678901234567890,"f":1.25}}`
	o.user.Post("/nodes", node).Ok(t)
	o.user.Get("/nodes/n1").Want(t, 200, `{"automatic":{"big":123456789012345678901234567890,"f":1.25},"<more>":0}`)
	o.user.Post("/search/node?q=big:123456789012345678901234567890", `{"big":["big"]}`).
		Want(t, 200, `{"total":1,"start":0,"rows":[{"url":"$org/nodes/n1","data":{"big":123456789012345678901234567890}}]}`)
	o.user.Delete("/nodes/n1").Ok(t)
}

func jsonFaults(t *testing.T, o *org) {
	bodies := []string{
		"", " ", "{", "}", `{"name":}`, `{"name":"x",}`, `{name:"x"}`, `{'name':'x'}`, `{"name":"x"} x`, `{"name":"x"}{}`, `{"name":"x" "y":1}`, `{"name":01}`,
		`{"name":.5}`, `{"name":1.}`, `{"name":+1}`, `{"name":NaN}`, `{"name":Infinity}`, `{"name":tru}`, `{"name":"\x"}`, `{"name":"\u12"}`, "{\"name\":\"a\nb\"}",
		"{\"name\":\"\x00\"}", "{\"name\":\"\xff\"}", "{\"name\":\"\xc3\"}", "{\"name\":\"\xed\xa0\x80\"}", "{\"\xff\":1}", "\xef\xbb\xbf\x00", "// comment\n{}",
	}
	for _, body := range bodies {
		o.user.Post("/nodes", body).WantError(t, 400, "invalid JSON")
		o.user.Post("/data", body).WantError(t, 400, "invalid JSON")
		o.admin.Post("/groups", body).WantError(t, 400, "invalid JSON")
		o.user.Post("/search/node", body).WantError(t, 400, "invalid JSON")
	}
	// However deep the nesting goes, the server stays up to refuse or take it.
	for _, depth := range []int{1_000, 10_000, 100_000} {
		for _, bomb := range []string{strings.Repeat("[", depth), `{"name":"n1","normal":` + strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth) + "}"} {
			if res := o.user.Post("/nodes", bomb); res.err != nil || res.status >= 500 {
				t.Errorf("%d levels: %d %v", depth, res.status, res.err)
			}
			o.user.Delete("/nodes/n1")
		}
	}
	// Of a key given twice, one counts.
	res := o.user.Post("/nodes", `{"name":"n1","name":"n2"}`)
	if res.Want(t, 201, `{"uri":"<string>"}`); res.status == 201 {
		o.user.Delete(res.header.Get("Location")).Want(t, 200, "")
	}
	o.user.Get("/nodes").Want(t, 200, `{}`)
	o.repeatedNames(t)
}

// repeatedNames gives a constraint on a cookbook twice, of which one is none. A
// server may refuse that; one that takes it must go on reading what it took.
func (o *org) repeatedNames(t *testing.T) {
	t.Helper()
	for _, twice := range []string{`"b":[1],"b":"= 1.0.0"`, `"b":"= 1.0.0","b":[1]`, `"b":"= 1.0.0","\u0062":"= 2.0.0"`} {
		o.user.Post("/environments", `{"name":"e1","cookbook_versions":{`+twice+`}}`)
		if o.user.Get("/environments/e1").status == 200 {
			o.user.Get("/environments/e1/cookbooks").Want(t, 200, `{}`)
			o.user.Post("/environments/e1/cookbook_versions", `{"run_list":[]}`).Want(t, 200, `{}`)
			o.user.Delete("/environments/e1").Ok(t)
		}
		o.user.Put("/cookbooks/a/1.0.0", cookbookDeps("a", "1.0.0", twice))
		o.user.Get("/cookbooks").Want(t, 200, "")
		o.user.Get("/universe").Want(t, 200, "")
		if o.user.Get("/cookbooks/a/1.0.0").status == 200 {
			o.user.Delete("/cookbooks/a/1.0.0").Ok(t)
		}
	}
}
