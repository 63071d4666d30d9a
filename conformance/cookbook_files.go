package conformance

import (
	"testing"
)

func cookbookPermissions(t *testing.T, o *org) {
	const at = "/cookbooks/c1/1.0.0"
	body := cookbookBody("c1", "1.0.0", "")
	drop := func() { o.super.Delete(at) }
	o.grants(t, []access{{"PUT", at, body, 201, ordinary, "create", drop}})
	put := func() { o.super.Put(at, body) }
	put()
	o.grants(t, []access{
		{"GET", "/cookbooks", "", 200, everybody, "read", nil},
		{"GET", "/cookbooks/_latest", "", 200, everybody, "read", nil},
		{"GET", "/cookbooks/_recipes", "", 200, everybody, "read", nil},
		{"GET", "/universe", "", 200, everybody, "read", nil},
		{"GET", "/cookbooks/c1", "", 200, everybody, "read", nil},
		{"GET", at, "", 200, everybody, "read", nil},
		{"PUT", at, body, 200, ordinary, "update", nil},
		// Another version of a cookbook is an update of the cookbook.
		{"PUT", "/cookbooks/c1/2.0.0", cookbookBody("c1", "2.0.0", ""), 201, ordinary, "update", func() { o.super.Delete("/cookbooks/c1/2.0.0") }},
		{"DELETE", at, "", 200, ordinary, "delete", put},
	})
	// Its own ACL guards versions, the container's the lists.
	o.super.Put("/cookbooks/c1/_acl/read", ace("read", `"$super"`, ``)).Ok(t)
	o.user.Get(at).WantMissing(t, "read")
	o.user.Get("/cookbooks/c1").Want(t, 200, "")
	o.user.Get("/environments/_default/cookbooks/c1").Want(t, 200, "")
	o.super.Put("/cookbooks/c1/_acl/update", ace("update", `"$super","$client"`, ``)).Ok(t)
	o.client.Put("/cookbooks/c1/2.0.0", cookbookBody("c1", "2.0.0", "")).Want(t, 201, "")
	o.user.Put("/cookbooks/c1/2.0.0", cookbookBody("c1", "2.0.0", "")).WantMissing(t, "update")
	o.super.Delete("/cookbooks/c1/2.0.0").Ok(t)
	// With the last version its ACL goes.
	drop()
	o.super.Get("/cookbooks/c1/_acl").Want(t, 404, "")
	o.user.Put(at, body).Want(t, 201, "")
	o.user.Get(at).Want(t, 200, "")
	drop()
}

func cookbookChecksums(t *testing.T, o *org) {
	recipe := func(content string) string {
		return cookbookBody("c1", "1.0.0", `,"recipes":[`+file("recipes/default.rb", content)+`]`)
	}
	const at = "/cookbooks/c1/1.0.0"
	o.user.Put(at, recipe("never sent")).WantError(t, 400, "Manifest has a checksum that hasn't been uploaded.")
	o.user.Get("/cookbooks").Want(t, 200, `{}`)
	o.upload(t, "one", "two")
	o.user.Put(at, recipe("one")).Want(t, 201, recipe("one"))
	o.user.Put(at, recipe("never sent")).WantError(t, 400, "Manifest has checksum "+checksum("never sent")+" but it hasn't yet been uploaded")
	res := o.user.Get(at).Want(t, 200, `{"recipes":[`+served(file("recipes/default.rb", "one"))+`],"<more>":0}`)
	o.getBlob(t, res.urls(t)[checksum("one")]).content(t, "one")
	// Keys that a file entry brings along stay with it.
	extra := `{"name":"default.rb","path":"recipes/default.rb","checksum":"` + checksum("two") + `","specificity":"default","url":"x","full_name":"f"}`
	o.user.Put(at, cookbookBody("c1", "1.0.0", `,"recipes":[`+extra+`]`)).Want(t, 200, "")
	res = o.user.Get(at).Want(t, 200, `{"recipes":[{"full_name":"f","checksum":"`+checksum("two")+`","<more>":0}],"<more>":0}`)
	o.getBlob(t, res.urls(t)[checksum("two")]).content(t, "two")
	o.dropCookbooks(t)
}

func cookbookConversion0to2(t *testing.T, o *org) {
	o.upload(t, "a", "b")
	const at = "/cookbooks/c1/1.0.0"
	stored := `"recipes":[` + file("recipes/default.rb", "a") + `,` + file("recipes/web.rb", "b") + `],"root_files":[` + file("README.md", "a") + `],
		"templates":[` + file("templates/default/t.erb", "b") + `],"files":[]`
	body := cookbookBody("c1", "1.0.0", ","+stored)
	o.user.Put(at, body).Want(t, 201, body)
	v0 := `"recipes":["<unordered>",` + served(file("recipes/default.rb", "a")) + `,` + served(file("recipes/web.rb", "b")) + `],
		"root_files":[` + served(file("README.md", "a")) + `],"templates":[` + served(file("templates/default/t.erb", "b")) + `],"files":[]`
	v2 := `"all_files":["<unordered>",` + served(file2("recipes/default.rb", "recipes/default.rb", "a")) + `,
		` + served(file2("recipes/web.rb", "recipes/web.rb", "b")) + `,` + served(file2("root_files/README.md", "README.md", "a")) + `,
		` + served(file2("templates/t.erb", "templates/default/t.erb", "b")) + `]`
	metadata := `"version":"1.0.0","name":"c1","attributes":{},"dependencies":{},"long_description":""`
	o.user.Get(at).Want(t, 200, cookbookWith("c1", "1.0.0", metadata, ","+v0))
	o.user.v(1).Get(at).Want(t, 200, cookbookWith("c1", "1.0.0", metadata, ","+v0))
	o.user.v(2).Get(at).Want(t, 200, cookbookWith("c1", "1.0.0", metadata, ","+v2))
	for _, version := range []int{0, 1} {
		o.user.v(version).Put(at, cookbookBody("c1", "1.0.0", `,"all_files":[]`)).WantError(t, 400, "Invalid key all_files in request body")
	}
	o.user.v(2).Put(at, body).Want(t, 400, "")
	// What a deletion answers is in the old shape, whoever asks.
	o.user.v(2).Delete(at).Want(t, 200, cookbookWith("c1", "1.0.0", metadata, ","+v0))
}

func cookbookConversion2to0(t *testing.T, o *org) {
	o.upload(t, "a", "b", "c")
	const at = "/cookbooks/c1/1.0.0"
	entries := []string{
		file2("recipes/default.rb", "recipes/default.rb", "a"), file2("README.md", "README.md", "b"),
		file2("spec/unit/x_spec.rb", "spec/unit/x_spec.rb", "c"), file2("files/deep/f", "files/default/deep/f", "a"),
	}
	body := cookbookBody("c1", "1.0.0", `,"all_files":[`+entries[0]+`,`+entries[1]+`,`+entries[2]+`,`+entries[3]+`]`)
	o.user.v(2).Put(at, body).Want(t, 201, body)
	metadata := `"version":"1.0.0","name":"c1","attributes":{},"dependencies":{},"long_description":""`
	o.user.v(2).Get(at).Want(t, 200, cookbookWith("c1", "1.0.0", metadata,
		`,"all_files":["<unordered>",`+served(entries[0])+`,`+served(entries[1])+`,`+served(entries[2])+`,`+served(entries[3])+`]`))
	v0 := cookbookWith("c1", "1.0.0", metadata, `,"attributes":[],"definitions":[],"libraries":[],"providers":[],"resources":[],"templates":[],
		"recipes":[`+served(file2("default.rb", "recipes/default.rb", "a"))+`],"root_files":[`+served(file2("README.md", "README.md", "b"))+`],
		"files":[`+served(file2("deep/f", "files/default/deep/f", "a"))+`]`)
	o.user.Get(at).Want(t, 200, v0)
	o.user.v(1).Get(at).Want(t, 200, v0)
	o.user.Get("/cookbooks/_recipes").Want(t, 200, `["c1"]`)
	o.user.v(2).Delete(at).Want(t, 200, v0)
}

// cookbookGarbage: a file goes with the last manifest that names it.
func cookbookGarbage(t *testing.T, o *org) {
	o.upload(t, "shared", "first", "second")
	body := func(version string, contents ...string) string {
		list := ""
		for _, c := range contents {
			list += "," + file("recipes/"+c+".rb", c)
		}
		return cookbookBody("c1", version, `,"recipes":[`+list[1:]+`]`)
	}
	o.user.Put("/cookbooks/c1/1.0.0", body("1.0.0", "shared", "first")).Ok(t)
	o.user.Put("/cookbooks/c1/2.0.0", body("2.0.0", "shared", "second")).Ok(t)
	urls := o.user.Get("/cookbooks/c1/1.0.0").Ok(t).urls(t)
	second := o.user.Get("/cookbooks/c1/2.0.0").Ok(t).urls(t)[checksum("second")]
	o.getBlob(t, urls[checksum("first")]).content(t, "first")
	o.user.Delete("/cookbooks/c1/1.0.0").Ok(t)
	o.getBlob(t, urls[checksum("first")]).want(t, 404)
	o.getBlob(t, urls[checksum("shared")]).content(t, "shared")
	s := o.newSandbox(t, "first", "shared")
	if s.Checksums[checksum("shared")].NeedsUpload || !s.Checksums[checksum("first")].NeedsUpload {
		t.Errorf("after a deletion the sandbox asks for %+v", s.Checksums)
	}
	o.user.Put("/cookbooks/c1/1.0.0", body("1.0.0", "first")).WantError(t, 400, "Manifest has a checksum that hasn't been uploaded.")
	o.user.Put("/cookbooks/c1/2.0.0", body("2.0.0", "shared")).Want(t, 200, "")
	o.getBlob(t, second).want(t, 404)
	o.getBlob(t, urls[checksum("shared")]).content(t, "shared")
	// An artifact holds a file as a cookbook does.
	artifact := `{"name":"a1","identifier":"` + artifactID + `","version":"1.0.0","chef_type":"cookbook_version","metadata":{},
		"recipes":[` + file("recipes/default.rb", "shared") + `]}`
	o.user.Put("/cookbook_artifacts/a1/"+artifactID, artifact).Want(t, 201, "")
	o.user.Delete("/cookbooks/c1/2.0.0").Ok(t)
	o.getBlob(t, urls[checksum("shared")]).content(t, "shared")
	o.user.Delete("/cookbook_artifacts/a1/" + artifactID).Ok(t)
	o.getBlob(t, urls[checksum("shared")]).want(t, 404)
}

// cookbookMetadata: what metadata says comes back, whatever it is.
func cookbookMetadata(t *testing.T, o *org) {
	metadata := `"version":"1.0.0","name":"other-name","description":"d","long_description":"l","maintainer":"m","maintainer_email":"e",
		"license":"Apache-2.0","platforms":{"ubuntu":">= 18.04"},"dependencies":{"b":"~> 1.2"},"recommendations":{},"suggestions":{},
		"conflicting":{},"providing":{"c1":">= 0.0.0"},"replacing":{},"attributes":{"a/b":{"x":1}},"groupings":{},"recipes":{"c1":"r"},
		"source_url":"s","issues_url":"i","privacy":true,"chef_versions":[[">= 15"]],"ohai_versions":[],"gems":[["g",">= 1"]],"shield":"up"`
	body := cookbookWith("c1", "1.0.0", metadata, "")
	o.user.Put("/cookbooks/c1/1.0.0", body).Want(t, 201, body)
	o.user.Get("/cookbooks/c1/1.0.0").Want(t, 200, body)
	o.user.v(2).Get("/cookbooks/c1/1.0.0").Want(t, 200, cookbookWith("c1", "1.0.0", metadata, `,"all_files":[]`))
	o.dropCookbooks(t)
}
