package conformance

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func testHeaders(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"API versions", headerVersions},
		{"content negotiation", headerAccept},
		{"compression", headerGzip},
		{"URLs", headerURLs},
		{"old clients", headerOldClients},
	})
}

func headerVersions(t *testing.T, o *org) {
	for _, version := range []string{"0", "1", "2"} {
		a := o.user
		a.version = version
		a.Get("/nodes").Want(t, 200, `{}`)
		a.Get("/nodes/none").Want(t, 404, "")
		a.Post("/nodes", `{`).Want(t, 400, "")
		a.Delete("/nodes").Want(t, 405, "")
		a.unsigned().Get("/nodes").Want(t, 400, "")
		o.stranger.with("X-Ops-Server-API-Version", version).outside().Get("/nodes").Want(t, 401, "")
	}
	o.user.Get("/nodes").Want(t, 200, `{}`)
	for version, requested := range map[string]string{"3": "3", "-1": "-1", "99": "99", "x": "-1", "1.0": "-1", "1x": "-1"} {
		a := o.user.outside().edited(func(r *http.Request) { r.Header["X-Ops-Server-Api-Version"] = []string{version} })
		for _, who := range []actor{a, a.unsigned()} {
			for _, method := range []string{"GET", "POST", "DELETE"} {
				res := who.Do(method, "/nodes", bodyFor(method, `{`)).Want(t, 406, `{"error":"invalid-x-ops-server-api-version",
					"message":"Specified version `+version+` not supported","min_version":0,"max_version":2}`)
				want := fmt.Sprintf(`{"min_version":"0","max_version":"2","request_version":%q,"response_version":"-1"}`, requested)
				if err := match(want, []byte(res.header.Get("X-Ops-Server-API-Version"))); err != nil {
					t.Errorf("%s: %v", res, err)
				}
			}
		}
	}
}

func headerAccept(t *testing.T, o *org) {
	o.user.Post("/nodes", `{"name":"n1"}`).Ok(t)
	for _, accept := range []string{"application/json", "*/*", "application/*", "text/html, application/json;q=0.5", "application/json, */*;q=0.1"} {
		o.user.with("Accept", accept).Get("/nodes/n1").Want(t, 200, emptyNode)
	}
	o.user.edited(func(r *http.Request) { r.Header.Del("Accept") }).Get("/nodes/n1").Want(t, 200, emptyNode)
	for _, accept := range []string{"application/xml", "text/html"} {
		o.user.with("Accept", accept).Get("/nodes/n1").WantEmpty(t, 406)
		o.user.with("Accept", accept).Get("/nodes").WantEmpty(t, 406)
	}
	// A body is taken for JSON unless it says otherwise.
	o.user.edited(func(r *http.Request) { r.Header.Del("Content-Type") }).Put("/nodes/n1", `{}`).Want(t, 200, "")
	o.user.with("Content-Type", "application/json; charset=utf-8").Put("/nodes/n1", `{}`).Want(t, 200, "")
	o.user.Delete("/nodes/n1").Ok(t)
}

// headerGzip: who accepts gzip gets the same document either way.
func headerGzip(t *testing.T, o *org) {
	body := `{"name":"n1","normal":{"long":"` + strings.Repeat("0123456789", 1000) + `"}}`
	o.user.Post("/nodes", body).Ok(t)
	plain := o.user.edited(func(r *http.Request) { r.Header.Set("Accept-Encoding", "identity") }).Get("/nodes/n1").Want(t, 200, "")
	if plain.header.Get("Content-Encoding") != "" {
		t.Errorf("%s: Content-Encoding %s for who accepts none", plain, plain.header.Get("Content-Encoding"))
	}
	zipped := o.user.edited(func(r *http.Request) { r.Header.Set("Accept-Encoding", "gzip;q=1.0,deflate;q=0.6,identity;q=0.3") }).Get("/nodes/n1")
	if zipped.header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%s: not compressed", zipped)
	}
	reader, err := gzip.NewReader(strings.NewReader(string(zipped.body)))
	if err != nil {
		t.Fatal(err)
	}
	unzipped, err := io.ReadAll(reader)
	if err != nil || string(unzipped) != string(plain.body) {
		t.Errorf("%s: differs from the plain answer (%v)", zipped, err)
	}
	o.user.Delete("/nodes/n1").Ok(t)
}

// headerURLs: answers name the server as the client called it.
func headerURLs(t *testing.T, o *org) {
	o.user.Post("/nodes", `{"name":"n1"}`).Ok(t)
	for host, scheme := range map[string]string{"chef.example.com": "http", "chef.example.com:8443": "https"} {
		a := o.user.with("X-Forwarded-Proto", scheme).edited(func(r *http.Request) { r.Host = host })
		a.Get("/nodes").Want(t, 200, `{"n1":"`+scheme+`://`+host+`/organizations/$O/nodes/n1"}`)
	}
	for _, header := range []string{"X-Forwarded-Host", "X-Forwarded-For", "X-Forwarded-Server"} {
		o.user.with(header, "abc:443,def").Get("/nodes").Want(t, 200, `{"n1":"$org/nodes/n1"}`)
	}
	o.user.Delete("/nodes/n1").Ok(t)
}

func headerOldClients(t *testing.T, o *org) {
	for _, good := range []string{"10.0.0", "18.10.17", "999.0.0", "0.10.8"} {
		o.user.with("X-Chef-Version", good).Get("/nodes").Want(t, 200, "")
	}
	for _, old := range []string{"9.0.1", "0.9.18"} {
		o.user.outside().with("X-Chef-Version", old).Get("/nodes").WantPlain(t, 400,
			"400 - Bad Request: Chef Client version 10 or higher required. Your version of Chef is "+old+".")
	}
}
