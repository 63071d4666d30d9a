package conformance

import (
	"net/http"
	"testing"
	"time"
)

func testSigning(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"versions", signVersions},
		{"missing headers", signMissing},
		{"timestamps", signTimestamps},
		{"protocol", signProtocol},
		{"content", signContent},
		{"signature", signSignature},
		{"paths", signPaths},
		{"names", signNames},
		{"keys", signKeys},
		{"Chef's own library", signRuby},
	})
}

// set changes a header after signing, remove takes it away.
func (a actor) set(key, value string) actor {
	return a.edited(func(r *http.Request) { r.Header.Set(key, value) })
}

func (a actor) remove(key string) actor {
	return a.edited(func(r *http.Request) { r.Header.Del(key) })
}

var signatures = []string{"1.0", "1.1", "1.2", "1.3"}

func signVersions(t *testing.T, o *org) {
	for _, version := range signatures {
		for _, who := range []actor{o.user, o.client, o.validator} {
			a := who.signs(version)
			a.Post("/nodes", `{"name":"n1"}`).WantCreated(t, "$org/nodes/n1")
			a.Get("/nodes/n1").Want(t, 200, "")
			a.Do("HEAD", "/nodes/n1", "").Want(t, 200, "")
			a.Put("/nodes/n1", `{}`).Want(t, 200, "")
			a.Get("/nodes/n1?x=y&z").Want(t, 200, "")
			a.Delete("/nodes/n1").Want(t, 200, "")
		}
	}
	// The API version is part of what 1.3 signs.
	o.user.v(1).Get("/nodes").Want(t, 200, "")
	o.user.outside().set("X-Ops-Server-API-Version", "1").Get("/nodes").WantError(t, 401, "Invalid signature for user or client '$user'")
	o.user.outside().signs("1.1").set("X-Ops-Server-API-Version", "1").Get("/nodes").Want(t, 200, "")
}

func signMissing(t *testing.T, o *org) {
	const missing = "missing required authentication header(s) "
	for _, version := range signatures {
		a := o.user.signs(version)
		for header, listed := range map[string]string{
			"X-Ops-Timestamp": "X-Ops-Timestamp", "X-Ops-Sign": "X-Ops-Sign", "X-Ops-Content-Hash": "X-Ops-Content-Hash",
		} {
			a.remove(header).Get("/nodes").WantError(t, 400, missing+"'"+listed+"'")
			a.set(header, "").Get("/nodes").WantError(t, 400, missing+"'"+listed+"'")
		}
		a.remove("X-Ops-Timestamp").remove("X-Ops-Content-Hash").Get("/nodes").WantError(t, 400, missing+"'X-Ops-Timestamp', 'X-Ops-Content-Hash'")
		// Something in front may turn these away itself.
		for _, edited := range []actor{a.remove("X-Ops-UserId"), a.set("X-Ops-UserId", ""), a.unsigned()} {
			if res := edited.outside().Get("/nodes"); res.status != 400 && res.status != 401 {
				t.Errorf("%s without a name: %d", res, res.status)
			}
		}
	}
	o.user.remove("X-Ops-Timestamp").set("X-Ops-Sign", "version=9").Get("/nodes").WantError(t, 400, missing+"'X-Ops-Timestamp'")
}

func signTimestamps(t *testing.T, o *org) {
	skewed := "Failed to authenticate as $user. Synchronize the clock on your host."
	for _, version := range signatures {
		a := o.user.signs(version)
		for _, ok := range []time.Duration{-14 * time.Minute, -30 * time.Second, 30 * time.Second, 14 * time.Minute} {
			a.at(ok).Get("/nodes").Want(t, 200, "")
		}
		for _, off := range []time.Duration{-time.Hour, -16 * time.Minute, 16 * time.Minute, time.Hour, 24 * 365 * time.Hour} {
			a.at(off).Get("/nodes").WantError(t, 401, skewed)
		}
		for _, bad := range []string{"nope", "2026-13-01T00:00:00Z", "1234567890", "Tue, 04 Nov 2025 00:00:00 GMT", "2026-01-01"} {
			a.set("X-Ops-Timestamp", bad).Get("/nodes").WantError(t, 401, "bad header(s) 'X-Ops-Timestamp'")
		}
		other := o.target.Now().UTC().Add(-5 * time.Second).Format("2006-01-02T15:04:05Z")
		a.set("X-Ops-Timestamp", other).Get("/nodes").WantError(t, 401, "Invalid signature for user or client '$user'")
	}
}

func signProtocol(t *testing.T, o *org) {
	for _, bad := range []string{"version=", "version=1.4", "version=0.9", "version=2", "algorithm=sha256;version=1.0", "algorithm=sha1;version=1.3",
		"algorithm=md5;version=1.0", "nope", "algorithm=sha1"} {
		o.user.set("X-Ops-Sign", bad).Get("/nodes").WantError(t, 400, "Unsupported authentication protocol version")
	}
	for version, good := range map[string][]string{
		"1.0": {"version=1.0", "algorithm=sha1;version=1.0;", "algorithm=sha1;version=1.0"},
		"1.1": {"version=1.1", "algorithm=sha1;version=1.1;"},
		"1.2": {"version=1.2", "algorithm=sha1;version=1.2"},
		"1.3": {"version=1.3", "algorithm=sha256;version=1.3;", "algorithm=sha256;version=1.3", "version=1.3;frob=1"},
	} {
		for _, header := range good {
			o.user.signs(version).set("X-Ops-Sign", header).Get("/nodes").Want(t, 200, "")
		}
	}
	for _, version := range signatures {
		for _, other := range signatures {
			if version != other {
				o.user.signs(version).set("X-Ops-Sign", "version="+other).Get("/nodes").
					WantError(t, 401, "Invalid signature for user or client '$user'")
			}
		}
	}
}

func signContent(t *testing.T, o *org) {
	invalid := "Invalid signature for user or client '$user'"
	for _, version := range signatures {
		a := o.user.signs(version)
		a.edited(func(r *http.Request) { setBody(r, `{"name":"n2"}`) }).Post("/nodes", `{"name":"n1"}`).WantError(t, 401, invalid)
		a.edited(func(r *http.Request) { setBody(r, "") }).Put("/nodes/n1", `{}`).Want(t, 400, "")
		a.edited(func(r *http.Request) { setBody(r, `{"a":["b"]}`) }).Post("/search/node", `{"a":["c"]}`).WantError(t, 401, invalid)
	}
	for _, version := range []string{"1.0", "1.1"} {
		a := o.user.signs(version)
		for _, hash := range []string{"nope", "2jmj7l5rSw0yVb/vlWAYkK/YBwK=", "AAAA"} {
			a.set("X-Ops-Content-Hash", hash).Get("/nodes").WantError(t, 401, invalid)
		}
	}
	o.user.Get("/nodes").Want(t, 200, `{}`)
}

func signSignature(t *testing.T, o *org) {
	invalid := "Invalid signature for user or client '$user'"
	for _, version := range signatures {
		a := o.user.signs(version)
		lines := 0
		count := a.edited(func(r *http.Request) {
			for lines = 0; r.Header.Get(authorization(lines+1)) != ""; lines++ {
			}
		})
		if count.Get("/nodes").Want(t, 200, ""); lines < 3 {
			t.Fatalf("version %s signs in %d lines", version, lines)
		}
		for _, line := range []int{1, lines / 2, lines} {
			a.remove(authorization(line)).Get("/nodes").WantError(t, 401, invalid)
			a.set(authorization(line), "!").Get("/nodes").WantError(t, 401, invalid)
			a.set(authorization(line), "AAAA").Get("/nodes").WantError(t, 401, invalid)
		}
		a.edited(func(r *http.Request) {
			for i := 1; i <= lines; i++ {
				r.Header.Del(authorization(i))
			}
		}).Get("/nodes").WantError(t, 401, invalid)
		a.edited(func(r *http.Request) { r.Method = "DELETE" }).Get("/nodes/n1").WantError(t, 401, invalid)
		a.edited(func(r *http.Request) { r.URL.Path += "/n1" }).Get("/nodes").WantError(t, 401, invalid)
	}
}

func signPaths(t *testing.T, o *org) {
	o.user.Post("/nodes", `{"name":"a:b"}`).Ok(t)
	for _, version := range signatures {
		a := o.user.signs(version)
		for _, path := range []string{"/nodes/", "/nodes//", "//nodes", "/nodes?a=b", "/nodes/?a=b", "/nodes/a:b", "/nodes/a%3Ab", "/nodes/a%3ab", "//nodes///a:b/"} {
			a.Get(path).Want(t, 200, "")
		}
	}
	o.user.Delete("/nodes/a%3Ab").Want(t, 200, "")
}

func signNames(t *testing.T, o *org) {
	unknown := func(name string) string {
		return "Failed to authenticate as '" + name + "'. Ensure that your node_name and client key are correct."
	}
	for _, version := range signatures {
		o.stranger.signs(version).Get("/nodes").WantError(t, 401, unknown("$stranger"))
		o.user.signs(version).set("X-Ops-UserId", "someone-else").Get("/nodes").WantError(t, 401, unknown("someone-else"))
		o.user.signs(version).set("X-Ops-UserId", o.admin.name()).Get("/nodes").WantError(t, 401, "Invalid signature for user or client '$admin'")
		o.user.signs(version).set("X-Ops-UserId", o.client.name()).Get("/nodes").WantError(t, 401, "Invalid signature for user or client '$client'")
		o.outsider.signs(version).Get("/nodes").WantError(t, 403, "'$outsider' not associated with organization '$O'")
	}
	other := o.newOrg(t, "signing-2")
	elsewhere := other.newClient(t, "only-there")
	elsewhere.Get("/nodes").Want(t, 200, "")
	elsewhere.Get(o.url()+"/nodes").WantError(t, 401, unknown("only-there"))
	for _, odd := range []string{"x'y", "ü", "a b", "<>", `"`, "\\"} {
		o.user.as(odd).Get("/nodes").Want(t, 401, "")
	}
}

// signKeys: a key is good from when it is there until it is not.
func signKeys(t *testing.T, o *org) {
	c := o.newClient(t, "c1")
	c.Post("/clients/c1/keys", `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`).Ok(t)
	for _, version := range signatures {
		c.signs(version).Get("/nodes").Want(t, 200, "")
		c.signs(version).withKey(o.keys[1]).Get("/nodes").Want(t, 200, "")
		c.signs(version).withKey(o.keys[2]).Get("/nodes").WantError(t, 401, "Invalid signature for user or client 'c1'")
	}
	for label, pem := range map[string]string{"PKCS#1": pkcs1PEM(o.keys[2]), "SPKI": publicPEM(o.keys[2])} {
		c.Post("/clients/c1/keys", `{"name":"k2","public_key":"`+jsonEscaped(pem)+`","expiration_date":"infinity"}`).Ok(t)
		if res := c.withKey(o.keys[2]).Get("/nodes"); res.status != 200 {
			t.Errorf("a key in %s: %d", label, res.status)
		}
		c.Delete("/clients/c1/keys/k2").Ok(t)
	}
	c.withKey(o.keys[1]).Delete("/clients/c1").Want(t, 200, "")
	// Before there were keys there were certificates.
	o.super.Post("/clients", `{"name":"c1","certificate":"`+jsonEscaped(certificatePEM(t, o.keys[2]))+`"}`).Ok(t)
	c.withKey(o.keys[2]).Get("/clients/c1").Want(t, 200, `{"public_key":"<public>","<more>":0}`)
	o.super.Delete("/clients/c1").Ok(t)
}
