package conformance

import (
	"net/url"
	"strings"
	"testing"
)

func testSandboxes(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"life", sandboxLife},
		{"validation", sandboxValidation},
		{"permissions", sandboxPermissions},
		{"upload", blobUpload},
		{"download", blobDownload},
		{"tampering", blobTampering},
		{"organizations apart", sandboxApart},
	})
}

func sandboxLife(t *testing.T, o *org) {
	a, b := checksum("life a"), checksum("life b")
	res := o.user.Post("/sandboxes", sandboxBody("life a", "life b")).Want(t, 201, `{"sandbox_id":"<hex32>","uri":"<string>",
		"checksums":{"`+a+`":{"needs_upload":true,"url":"<string>"},"`+b+`":{"needs_upload":true,"url":"<string>"}}}`)
	var s sandbox
	res.Decode(t, &s)
	o.let("id", s.ID)
	if s.URI != o.vars.expand("$org/sandboxes/$id") {
		t.Errorf("%s: uri is %s", res, s.URI)
	}
	missing := []string{a, b}
	if a > b {
		missing = []string{b, a}
	}
	const incomplete = "Cannot update sandbox $id: the following checksums have not been uploaded: "
	o.user.Put("/sandboxes/$id", `{"is_completed":true}`).WantError(t, 503, incomplete+strings.Join(missing, ", "))
	o.putBlob(t, s.Checksums[a].URL, "life a").want(t, 200, 204)
	o.user.Put("/sandboxes/$id", `{"is_completed":true}`).WantError(t, 503, incomplete+b)
	o.putBlob(t, s.Checksums[b].URL, "life b").want(t, 200, 204)
	res = o.user.Put("/sandboxes/$id", `{"is_completed":true}`).Want(t, 200, `{"guid":"$id","name":"$id","is_completed":true,
		"create_time":"<string>","checksums":["<unordered>","`+a+`","`+b+`"]}`)
	var done struct {
		CreateTime string `json:"create_time"`
	}
	if res.Decode(t, &done); len(done.CreateTime) != len("2006-01-02T15:04:05+00:00") || !strings.HasSuffix(done.CreateTime, "+00:00") {
		t.Errorf("%s: create_time is %q", res, done.CreateTime)
	}
	o.user.Put("/sandboxes/$id", `{"is_completed":true}`).WantError(t, 404, "No such sandbox '$id'.")
	o.user.Post("/sandboxes", sandboxBody("life a", "life c")).Want(t, 201, `{"sandbox_id":"<hex32>","uri":"<string>",
		"checksums":{"`+a+`":{"needs_upload":false},"`+checksum("life c")+`":{"needs_upload":true,"url":"<string>"}}}`)
}

func sandboxValidation(t *testing.T, o *org) {
	o.user.rejects(t, "POST", "/sandboxes", []refusal{
		{``, "invalid JSON"},
		{`{}`, "Field 'checksums' missing"},
		{`{"checksums":{}}`, "Bad checksums!"},
		{`{"checksums":{"abc":null}}`, "Bad checksums!"},
		{`{"checksums":{"` + strings.Repeat("g", 32) + `":null}}`, "Bad checksums!"},
		{`{"checksums":{"` + strings.Repeat("a", 33) + `":null}}`, "Bad checksums!"},
		{`{"checksums":{"` + checksum("x") + `":true}}`, "Bad checksums!"},
		{`{"checksums":{"` + checksum("x") + `":null,"x":null}}`, "Bad checksums!"},
		{`{"checksums":["` + checksum("x") + `"]}`, "Field 'checksums' invalid"},
		{`{"checksums":"x"}`, "Field 'checksums' invalid"},
	})
	o.let("id", o.newSandbox(t, "validation").ID)
	o.user.rejectsAll(t, "PUT", "/sandboxes/$id", ``, `{}`, `{"is_completed":false}`, `{"is_completed":"true"}`, `[]`)
	o.user.Put("/sandboxes/ffffffffffffffffffffffffffffffff", `{"is_completed":true}`).
		WantError(t, 404, "No such sandbox 'ffffffffffffffffffffffffffffffff'.")
	o.user.Put("/sandboxes/none", `{"is_completed":true}`).WantError(t, 404, "No such sandbox 'none'.")
}

func sandboxPermissions(t *testing.T, o *org) {
	o.grants(t, []access{{"POST", "/sandboxes", sandboxBody("permissions"), 201, ordinary, "create", nil}})
	s := o.newSandbox(t, "permissions")
	o.putBlob(t, s.Checksums[checksum("permissions")].URL, "permissions").want(t, 200, 204)
	for _, who := range []actor{o.client, o.validator} {
		who.Put(s.URI, `{"is_completed":true}`).WantMissing(t, "create")
	}
	o.deniesOutsiders(t, "PUT", s.URI, `{"is_completed":true}`)
	o.user.Put(s.URI, `{"is_completed":true}`).Want(t, 200, "")
}

func blobUpload(t *testing.T, o *org) {
	content := "upload \x00\xff bytes\n"
	s := o.newSandbox(t, content)
	at := s.Checksums[checksum(content)].URL
	put := func(body, md5 string) blob {
		return o.doBlob(t, "PUT", at, body, map[string]string{"Content-MD5": md5, "Content-Type": "application/x-binary"})
	}
	put("other bytes", contentMD5(content)).want(t, 406)
	put(content, contentMD5("other bytes")).want(t, 403)
	// Neither left anything behind.
	o.user.Put(s.URI, `{"is_completed":true}`).WantError(t, 503,
		"Cannot update sandbox "+s.ID+": the following checksums have not been uploaded: "+checksum(content))
	for range 2 {
		res := put(content, contentMD5(content)).want(t, 200, 204)
		if res.status == 204 && res.header.Get("Content-Length") != "" {
			t.Errorf("%s: 204 with a Content-Length", res.what)
		}
	}
	put("other bytes", contentMD5(content)).want(t, 406)
	o.user.Put(s.URI, `{"is_completed":true}`).Want(t, 200, "")
	o.doBlob(t, "PUT", at, content, nil).want(t, 403)

	// Files of any size: of no bytes, and of more than fits into one block of anything.
	large := strings.Repeat("0123456789abcdef", 3<<16)
	o.upload(t, "", large)
	o.super.Put("/cookbooks/c1/1.0.0", cookbookBody("c1", "1.0.0", `,"files":[`+file("files/empty", "")+`,`+file("files/large", large)+`]`)).Ok(t)
	urls := o.user.Get("/cookbooks/c1/1.0.0").Ok(t).urls(t)
	o.getBlob(t, urls[checksum("")]).content(t, "")
	o.getBlob(t, urls[checksum(large)]).content(t, large)
	o.dropCookbooks(t)
}

// downloadURL uploads content in a cookbook and returns where to get it.
func (o *org) downloadURL(t *testing.T, content string) string {
	t.Helper()
	o.upload(t, content)
	o.super.Put("/cookbooks/c1/1.0.0", cookbookBody("c1", "1.0.0", `,"files":[`+file("files/f", content)+`]`)).Ok(t)
	return o.user.Get("/cookbooks/c1/1.0.0").Ok(t).urls(t)[checksum(content)]
}

func blobDownload(t *testing.T, o *org) {
	at := o.downloadURL(t, "download me")
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	var shown struct{ GUID string }
	o.super.Get("$org").Ok(t).Decode(t, &shown)
	if want := "/bookshelf/organization-" + shown.GUID + "/checksum-" + checksum("download me"); u.Path != want {
		t.Errorf("path of a download is %s, want %s", u.Path, want)
	}
	for _, key := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"} {
		if u.Query().Get(key) == "" {
			t.Errorf("%s has no %s", at, key)
		}
	}
	res := o.getBlob(t, at).content(t, "download me")
	if want := "max-age=" + u.Query().Get("X-Amz-Expires"); res.header.Get("Cache-Control") != want {
		t.Errorf("%s: Cache-Control is %q, want %q", res.what, res.header.Get("Cache-Control"), want)
	}
	for _, key := range []string{"ETag", "Last-Modified"} {
		if res.header.Get(key) == "" {
			t.Errorf("%s: no %s", res.what, key)
		}
	}
	for accept, want := range map[string]string{"": "application/octet-stream", "*/*": "application/octet-stream", "text/x-ruby": "text/x-ruby"} {
		res := o.doBlob(t, "GET", at, "", map[string]string{"Accept": accept})
		if got := res.header.Get("Content-Type"); got != want {
			t.Errorf("%s accepting %q: Content-Type is %q, want %q", res.what, accept, got, want)
		}
	}
	o.dropCookbooks(t)
	if gone := o.getBlob(t, at).want(t, 404); gone.header.Get("Cache-Control") != "" {
		t.Errorf("%s: a file that is gone may be cached: %s", gone.what, gone.header.Get("Cache-Control"))
	}
}

// blobTampering: a URL opens what it was signed for, by the method it was
// signed for, until it expires.
func blobTampering(t *testing.T, o *org) {
	at := o.downloadURL(t, "tamper with me")
	u, err := url.Parse(at)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(change func(url.Values)) string {
		c, q := *u, u.Query()
		change(q)
		c.RawQuery = q.Encode()
		return c.String()
	}
	for name, bad := range map[string]string{
		"no query":        strings.Split(at, "?")[0],
		"no signature":    changed(func(q url.Values) { q.Del("X-Amz-Signature") }),
		"other signature": changed(func(q url.Values) { q.Set("X-Amz-Signature", strings.Repeat("0", 64)) }),
		"garbage":         changed(func(q url.Values) { q.Set("X-Amz-Signature", "nope") }),
		"expired":         changed(func(q url.Values) { q.Set("X-Amz-Date", "20120101T000000Z") }),
		"longer":          changed(func(q url.Values) { q.Set("X-Amz-Expires", "604800") }),
		"much longer":     changed(func(q url.Values) { q.Set("X-Amz-Expires", "604801") }),
		"never":           changed(func(q url.Values) { q.Set("X-Amz-Expires", "-1") }),
		"other key":       changed(func(q url.Values) { q.Set("X-Amz-Credential", "x"+q.Get("X-Amz-Credential")) }),
		"other headers":   changed(func(q url.Values) { q.Set("X-Amz-SignedHeaders", "content-type") }),
		"other algorithm": changed(func(q url.Values) { q.Set("X-Amz-Algorithm", "AWS4-HMAC-SHA1") }),
		"more query":      changed(func(q url.Values) { q.Set("response-content-type", "x") }),
		"other file":      strings.Replace(at, checksum("tamper with me"), checksum("upload"), 1),
	} {
		res := o.getBlob(t, bad)
		if res.want(t, 403); !strings.Contains(res.body, "<Code>AccessDenied</Code>") && !strings.Contains(res.body, "<Code>SignatureDoesNotMatch</Code>") {
			t.Errorf("%s: the body is no S3 error: %s", name, clip([]byte(res.body)))
		}
	}
	o.doBlob(t, "PUT", at, "tamper with me", map[string]string{"Content-MD5": contentMD5("tamper with me")}).want(t, 403)
	o.doBlob(t, "DELETE", at, "", nil).want(t, 403, 404, 405)
	o.doBlob(t, "GET", at, "", map[string]string{"X-Amz-Meta-Frob": "1"}).want(t, 403)
	o.getBlob(t, at).content(t, "tamper with me")
	o.dropCookbooks(t)
}

// sandboxApart: what one organization has uploaded is unknown to the next.
func sandboxApart(t *testing.T, o *org) {
	o.upload(t, "apart")
	other := o.newOrg(t, "sandboxes-2")
	s := other.newSandbox(t, "apart")
	if !s.Checksums[checksum("apart")].NeedsUpload {
		t.Error("a file of another organization counts as uploaded")
	}
	id := o.newSandbox(t, "apart").ID
	other.user.Put("/sandboxes/"+id, `{"is_completed":true}`).WantError(t, 404, "No such sandbox '"+id+"'.")
}
