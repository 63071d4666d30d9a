package conformance

import "testing"

const artifactID2 = "2222222222222222222222222222222222222222"

func testArtifacts(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"life", artifactLife},
		{"validation", artifactValidation},
		{"conversion", artifactConversion},
		{"permissions", artifactPermissions},
	})
}

func artifactLife(t *testing.T, o *org) {
	const at, at2 = "/cookbook_artifacts/a1/" + artifactID, "/cookbook_artifacts/a1/" + artifactID2
	body := artifactBody("a1", artifactID)
	o.user.Get("/cookbook_artifacts").Want(t, 200, `{}`)
	o.user.Get("/cookbook_artifacts/a1").WantError(t, 404, "not_found")
	o.user.Get(at).WantError(t, 404, "not_found")
	o.user.Delete(at).WantError(t, 404, "not_found")
	o.user.Put(at, body).Want(t, 201, `{"uri":"$org`+at+`"}`).Location(t, "$org"+at)
	o.user.Put(at, body).WantPlain(t, 409, "Cookbook artifact already exists")
	o.user.Get(at).Want(t, 200, body)
	one := `{"url":"$org` + at + `","identifier":"` + artifactID + `"}`
	for _, path := range []string{"/cookbook_artifacts", "/cookbook_artifacts/a1"} {
		o.user.Get(path).Want(t, 200, `{"a1":{"url":"$org/cookbook_artifacts/a1","versions":[`+one+`]}}`)
	}
	o.user.Put(at2, artifactBody("a1", artifactID2)).Want(t, 201, "")
	two := `{"url":"$org` + at2 + `","identifier":"` + artifactID2 + `"}`
	for _, path := range []string{"/cookbook_artifacts", "/cookbook_artifacts/a1"} {
		o.user.Get(path).Want(t, 200, `{"a1":{"url":"$org/cookbook_artifacts/a1","versions":["<unordered>",`+one+`,`+two+`]}}`)
	}
	o.user.Delete(at).Want(t, 200, body)
	o.user.Get(at).WantError(t, 404, "not_found")
	o.user.Get("/cookbook_artifacts/a1").Want(t, 200, `{"a1":{"url":"$org/cookbook_artifacts/a1","versions":[`+two+`]}}`)
	o.user.Delete(at2).Ok(t)
	o.user.Get("/cookbook_artifacts/a1").WantError(t, 404, "not_found")
	o.user.Get("/cookbook_artifacts").Want(t, 200, `{}`)
}

func artifactValidation(t *testing.T, o *org) {
	const at = "/cookbook_artifacts/a1/" + artifactID
	o.user.rejects(t, "PUT", at, []refusal{
		{``, "invalid JSON"},
		{`[]`, "Incorrect JSON type for request body"},
		{`{"identifier":"` + artifactID + `"}`, "Field 'name' missing"},
		{`{"name":"a b","identifier":"` + artifactID + `"}`, "Field 'name' invalid"},
		{`{"name":"a1"}`, "Field 'identifier' missing"},
		{`{"name":"a1","identifier":"a b"}`, "Field 'identifier' invalid"},
		{`{"name":"a1","identifier":""}`, "Field 'identifier' invalid"},
		{artifactBody("a2", artifactID), "Field 'name' invalid : a1 does not match a2"},
		{artifactBody("a1", artifactID2), "Field 'identifier' invalid : " + artifactID + " does not match " + artifactID2},
		{`{"name":"a1","identifier":"` + artifactID + `","version":"1.0.0","metadata":{},"recipes":[` + file("recipes/default.rb", "never sent") + `]}`,
			"Manifest has a checksum that hasn't been uploaded."},
	})
	o.user.Get("/cookbook_artifacts").Want(t, 200, `{}`)
}

func artifactConversion(t *testing.T, o *org) {
	o.upload(t, "r", "m")
	const at = "/cookbook_artifacts/a1/" + artifactID
	head := `{"name":"a1","identifier":"` + artifactID + `","version":"1.0.0","chef_type":"cookbook_version","frozen?":false,"metadata":{"version":"1.0.0"},`
	segments := `"recipes":[` + file("recipes/default.rb", "r") + `],"root_files":[` + file("metadata.rb", "m") + `]`
	o.user.Put(at, head+segments+`}`).Want(t, 201, "")
	v0 := head + `"recipes":[` + served(file("recipes/default.rb", "r")) + `],"root_files":[` + served(file("metadata.rb", "m")) + `]}`
	v2 := head + `"all_files":["<unordered>",` + served(file2("recipes/default.rb", "recipes/default.rb", "r")) + `,
		` + served(file2("root_files/metadata.rb", "metadata.rb", "m")) + `]}`
	o.user.Get(at).Want(t, 200, v0)
	o.user.v(1).Get(at).Want(t, 200, v0)
	res := o.user.v(2).Get(at).Want(t, 200, v2)
	o.getBlob(t, res.urls(t)[checksum("r")]).content(t, "r")
	o.user.Delete(at).Want(t, 200, v0)
	o.getBlob(t, res.urls(t)[checksum("r")]).want(t, 404)

	o.upload(t, "r", "m")
	o.user.v(2).Put(at, head+`"all_files":[`+file2("recipes/default.rb", "recipes/default.rb", "r")+`,`+file2("metadata.rb", "metadata.rb", "m")+`]}`).Want(t, 201, "")
	o.user.Get(at).Want(t, 200, `{"recipes":[`+served(file("recipes/default.rb", "r"))+`],"root_files":[`+served(file("metadata.rb", "m"))+`],"<more>":0}`)
	o.user.v(2).Get(at).Want(t, 200, `{"all_files":["<unordered>",`+served(file2("recipes/default.rb", "recipes/default.rb", "r"))+`,
		`+served(file2("metadata.rb", "metadata.rb", "m"))+`],"<more>":0}`)
	o.user.Delete(at).Ok(t)
}

func artifactPermissions(t *testing.T, o *org) {
	const at = "/cookbook_artifacts/a1/" + artifactID
	body := artifactBody("a1", artifactID)
	put := func() { o.super.Put(at, body) }
	drop := func() { o.super.Delete(at) }
	o.grants(t, []access{{"PUT", at, body, 201, ordinary, "create", drop}})
	put()
	o.grants(t, []access{
		{"GET", "/cookbook_artifacts", "", 200, everybody, "read", nil},
		{"GET", "/cookbook_artifacts/a1", "", 200, everybody, "read", nil},
		{"GET", at, "", 200, everybody, "read", nil},
		{"DELETE", at, "", 200, ordinary, "delete", put},
	})
	o.super.Put("/cookbook_artifacts/a1/_acl/read", ace("read", `"$super"`, ``)).Ok(t)
	o.user.Get(at).WantMissing(t, "read")
	drop()
}
