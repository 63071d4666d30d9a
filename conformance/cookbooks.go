package conformance

import "testing"

func testCookbooks(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"life", cookbookLife},
		{"versions", cookbookVersions},
		{"latest", cookbookLatest},
		{"lists", cookbookLists},
		{"recipes", cookbookRecipes},
		{"frozen", cookbookFrozen},
		{"permissions", cookbookPermissions},
		{"checksums", cookbookChecksums},
		{"conversion 0 to 2", cookbookConversion0to2},
		{"conversion 2 to 0", cookbookConversion2to0},
		{"garbage", cookbookGarbage},
		{"metadata", cookbookMetadata},
		{"validation", cookbookValidation},
		{"in environments", cookbooksInEnvironment},
	})
}

// shownC1 is cookbookBody("c1", "1.0.0", "") as a GET answers it.
var shownC1 = cookbookWith("c1", "1.0.0", `"version":"1.0.0","name":"c1","attributes":{},"dependencies":{},"long_description":""`, "")

func cookbookLife(t *testing.T, o *org) {
	const missing = "Cannot find a cookbook named c1 with version 1.0.0"
	body := cookbookBody("c1", "1.0.0", "")
	o.user.Get("/cookbooks").Want(t, 200, `{}`)
	o.user.Get("/cookbooks/c1").WantError(t, 404, "Cannot find a cookbook named c1")
	o.user.Get("/cookbooks/c1/1.0.0").WantError(t, 404, missing)
	o.user.Delete("/cookbooks/c1/1.0.0").WantError(t, 404, missing)
	o.user.Put("/cookbooks/c1/1.0.0", body).Want(t, 201, body)
	o.user.Put("/cookbooks/c1/1.0.0", body).Want(t, 200, body)
	o.user.Get("/cookbooks").Want(t, 200, `{"c1":{"url":"$org/cookbooks/c1","versions":[{"version":"1.0.0","url":"$org/cookbooks/c1/1.0.0"}]}}`)
	o.user.Get("/cookbooks/c1").Want(t, 200, `{"c1":{"url":"$org/cookbooks/c1","versions":[{"version":"1.0.0","url":"$org/cookbooks/c1/1.0.0"}]}}`)
	o.user.Get("/cookbooks/c1/1.0.0").Want(t, 200, shownC1)
	o.user.Post("/cookbooks/c1/1.0.0", body).WantNotAllowed(t, "GET, PUT, DELETE")
	o.user.Post("/cookbooks/c1", body).WantNotAllowed(t, "GET")
	o.user.Post("/cookbooks", body).WantNotAllowed(t, "GET")
	o.user.Delete("/cookbooks/c1/1.0.0").Want(t, 200, shownC1)
	o.user.Get("/cookbooks/c1/1.0.0").WantError(t, 404, missing)
	o.user.Get("/cookbooks").Want(t, 200, `{}`)
	// Defaults fill what is not sent.
	o.user.Put("/cookbooks/c1/1.0.0", `{"name":"c1-1.0.0","cookbook_name":"c1","metadata":{"version":"1.0.0"}}`).
		Want(t, 201, `{"name":"c1-1.0.0","cookbook_name":"c1","metadata":{"version":"1.0.0"},"json_class":"Chef::CookbookVersion",
			"chef_type":"cookbook_version","frozen?":false,"<more>":0}`)
	o.user.Delete("/cookbooks/c1/1.0.0").Ok(t)
}

func cookbookVersions(t *testing.T, o *org) {
	for _, v := range []string{"1.0.0", "0.0.1", "1.10.0", "1.9.0", "20130730201745.0.0", "9223372036854775807.0.0"} {
		o.cookbook(t, "c1", v)
		o.user.Get("/cookbooks/c1/"+v).Want(t, 200, `{"version":"`+v+`","name":"c1-`+v+`","<more>":0}`)
	}
	o.user.Get("/cookbooks/c1").Want(t, 200, `{"c1":{"url":"$org/cookbooks/c1","versions":[
		{"version":"9223372036854775807.0.0","url":"$org/cookbooks/c1/9223372036854775807.0.0"},
		{"version":"20130730201745.0.0","url":"$org/cookbooks/c1/20130730201745.0.0"},
		{"version":"1.10.0","url":"$org/cookbooks/c1/1.10.0"},{"version":"1.9.0","url":"$org/cookbooks/c1/1.9.0"},
		{"version":"1.0.0","url":"$org/cookbooks/c1/1.0.0"},{"version":"0.0.1","url":"$org/cookbooks/c1/0.0.1"}]}}`)
	o.dropCookbooks(t)
	// A short version is the long one with noughts.
	o.user.Put("/cookbooks/c1/1.2", cookbookBody("c1", "1.2", "")).Want(t, 201, "")
	o.user.Get("/cookbooks/c1/1.2.0").Want(t, 200, `{"cookbook_name":"c1","<more>":0}`)
	o.user.Get("/cookbooks/c1/1.2").Want(t, 200, `{"cookbook_name":"c1","<more>":0}`)
	o.user.Get("/cookbooks").Want(t, 200, `{"c1":{"url":"$org/cookbooks/c1","versions":[{"version":"1.2.0","url":"$org/cookbooks/c1/1.2.0"}]}}`)
	for _, bad := range []string{"1.0.0.0", "a", "1.a", "1.0.-1", "-1.0.0", "1..0", ".1", "9223372036854775808.0.0", "1.0.0-beta"} {
		message := "Invalid cookbook version '" + bad + "'."
		o.user.Get("/cookbooks/c1/"+bad).WantError(t, 400, message)
		o.user.Get("/cookbooks/none/"+bad).WantError(t, 400, message)
		o.user.Delete("/cookbooks/c1/"+bad).WantError(t, 400, message)
		o.user.Put("/cookbooks/c1/"+bad, cookbookBody("c1", bad, "")).WantError(t, 400, message)
	}
	o.dropCookbooks(t)
}

func cookbookLatest(t *testing.T, o *org) {
	for _, v := range []string{"1.0.0", "2.0.0", "1.5.0"} {
		o.cookbook(t, "c1", v)
	}
	o.cookbook(t, "c2", "0.1.0")
	o.user.Get("/cookbooks/_latest").Want(t, 200, `{"c1":"$org/cookbooks/c1/2.0.0","c2":"$org/cookbooks/c2/0.1.0"}`)
	for _, latest := range []string{"_latest", "latest"} {
		o.user.Get("/cookbooks/c1/"+latest).Want(t, 200, `{"version":"2.0.0","<more>":0}`)
		o.user.Get("/cookbooks/none/"+latest).Want(t, 404, "")
		o.user.Put("/cookbooks/c1/"+latest, cookbookBody("c1", latest, "")).WantError(t, 400, "Invalid cookbook version '"+latest+"'.")
	}
	o.user.Delete("/cookbooks/c1/_latest").Want(t, 200, `{"version":"2.0.0","<more>":0}`)
	o.user.Get("/cookbooks/c1/_latest").Want(t, 200, `{"version":"1.5.0","<more>":0}`)
	o.user.Delete("/cookbooks/c1/latest").Want(t, 200, `{"version":"1.5.0","<more>":0}`)
	o.dropCookbooks(t)
}

func cookbookLists(t *testing.T, o *org) {
	for _, v := range []string{"1.0.0", "2.0.0", "3.0.0"} {
		o.cookbook(t, "c1", v)
	}
	o.cookbook(t, "c2", "1.0.0")
	list := func(c1 string, c2 string) string {
		return `{"c1":{"url":"$org/cookbooks/c1","versions":[` + c1 + `]},"c2":{"url":"$org/cookbooks/c2","versions":[` + c2 + `]}}`
	}
	at := func(c, v string) string { return `{"version":"` + v + `","url":"$org/cookbooks/` + c + `/` + v + `"}` }
	all := at("c1", "3.0.0") + "," + at("c1", "2.0.0") + "," + at("c1", "1.0.0")
	for query, want := range map[string]string{
		"":                  list(at("c1", "3.0.0"), at("c2", "1.0.0")),
		"?num_versions=0":   list("", ""),
		"?num_versions=1":   list(at("c1", "3.0.0"), at("c2", "1.0.0")),
		"?num_versions=2":   list(at("c1", "3.0.0")+","+at("c1", "2.0.0"), at("c2", "1.0.0")),
		"?num_versions=99":  list(all, at("c2", "1.0.0")),
		"?num_versions=all": list(all, at("c2", "1.0.0")),
	} {
		o.user.Get("/cookbooks"+query).Want(t, 200, want)
		o.user.Get("/cookbooks/c1"+query).Want(t, 200, `{"c1":{"url":"$org/cookbooks/c1","versions":[`+all+`]}}`)
	}
	for _, bad := range []string{"", "-1", "1.5", "abc", "ALL", "1x"} {
		for _, path := range []string{"/cookbooks", "/cookbooks/c1", "/environments/_default/cookbooks", "/environments/_default/cookbooks/c1"} {
			o.user.Get(path+"?num_versions="+bad).WantError(t, 400, "You have requested an invalid number of versions (x >= 0 || 'all')")
		}
	}
	o.dropCookbooks(t)
}

func cookbookRecipes(t *testing.T, o *org) {
	o.upload(t, "recipe")
	with := func(name, version string, recipes ...string) {
		t.Helper()
		list := ""
		for _, r := range recipes {
			list += "," + file("recipes/"+r+".rb", "recipe")
		}
		o.super.Put("/cookbooks/"+name+"/"+version, cookbookBody(name, version, `,"recipes":[`+list[1:]+`]`)).Ok(t)
	}
	with("zeta", "1.0.0", "default")
	with("alpha", "1.0.0", "old")
	with("alpha", "2.0.0", "web", "default", "db")
	o.cookbook(t, "bare", "1.0.0")
	o.user.Get("/cookbooks/_recipes").Want(t, 200, `["alpha","alpha::db","alpha::web","zeta"]`)
	o.user.Get("/environments/_default/recipes").Want(t, 200, `["alpha","alpha::db","alpha::web","zeta"]`)
	o.user.Post("/environments", `{"name":"e1","cookbook_versions":{"alpha":"< 2.0","zeta":"= 9.0.0"}}`).Ok(t)
	o.user.Get("/environments/e1/recipes").Want(t, 200, `["alpha::old"]`)
	o.user.Get("/environments/none/recipes").WantError(t, 404, "Cannot load environment none")
	o.user.Delete("/environments/e1").Ok(t)
	o.dropCookbooks(t)
}

func cookbookFrozen(t *testing.T, o *org) {
	const message = "The cookbook c1 at version 1.2.0 is frozen. Use the 'force' option to override."
	froze := func(frozen, license string) string {
		return `{"name":"c1-1.2","cookbook_name":"c1","version":"1.2","json_class":"Chef::CookbookVersion","chef_type":"cookbook_version",
			"frozen?":` + frozen + `,"metadata":{"version":"1.2","license":"` + license + `"}}`
	}
	const at = "/cookbooks/c1/1.2"
	o.user.Put(at, froze("true", "a")).Want(t, 201, `{"frozen?":true,"<more>":0}`)
	for _, body := range []string{froze("true", "a"), froze("false", "a"), froze("true", "b")} {
		for _, query := range []string{"", "?force=false"} {
			o.user.Put(at+query, body).WantError(t, 409, message)
		}
	}
	for i, query := range []string{"?force=true", "?force", "?force=", "?force=0", "?force=yes"} {
		license := string(rune('p' + i))
		o.user.Put(at+query, froze("false", license)).Want(t, 200, `{"frozen?":true,"<more>":0}`)
		o.user.Get(at).Want(t, 200, `{"frozen?":true,"metadata":{"license":"`+license+`","<more>":0},"<more>":0}`)
	}
	o.user.Put(at, froze("false", "c")).WantError(t, 409, message)
	o.user.Delete(at).Want(t, 200, `{"frozen?":true,"<more>":0}`)
	o.user.Put(at, froze("false", "a")).Want(t, 201, "")
	o.user.Put(at, froze("true", "a")).Want(t, 200, `{"frozen?":true,"<more>":0}`)
	o.user.Put(at, froze("true", "a")).WantError(t, 409, message)
	o.dropCookbooks(t)
}
