package conformance

import "testing"

func testUniverse(t *testing.T, o *org) {
	o.user.Get("/universe").Want(t, 200, `{}`)
	o.depends(t, "a", "1.0.0", `"b":">= 1.0","c":"2.0"`)
	o.cookbook(t, "a", "1.1.0")
	o.cookbook(t, "b", "2.0.0")
	version := func(path, dependencies string) string {
		return `{"location_path":"$org/cookbooks/` + path + `","location_type":"chef_server","dependencies":{` + dependencies + `}}`
	}
	o.client.Get("/universe").Want(t, 200, `{"a":{"1.0.0":`+version("a/1.0.0", `"b":">= 1.0","c":"= 2.0"`)+`,"1.1.0":`+version("a/1.1.0", ``)+`},
		"b":{"2.0.0":`+version("b/2.0.0", ``)+`}}`)
	o.super.Delete("/cookbooks/a/1.0.0").Ok(t)
	o.client.Get("/universe").Want(t, 200, `{"a":{"1.1.0":`+version("a/1.1.0", ``)+`},"b":{"2.0.0":`+version("b/2.0.0", ``)+`}}`)
	o.deniesOutsiders(t, "GET", "/universe", "")
}
