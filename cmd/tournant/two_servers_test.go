package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"tournant/internal/apiclient"
	"tournant/internal/datadir"
	"tournant/internal/pgtest"
	"tournant/internal/signing"
)

// twoServers are two API servers on one database, seen as the superuser.
type twoServers struct {
	*testing.T
	a, b *apiclient.Client
}

func startTwo(t *testing.T) *twoServers {
	t.Helper()
	database := pgtest.New(t)
	first := t.TempDir()
	two := &twoServers{t, nil, nil}
	for i, dir := range []string{first, t.TempDir()} {
		addr := openAt(t, place{dir, database})
		client := &apiclient.Client{Base: "http://" + addr, Signer: superuserOf(t, first), HTTP: apiclient.Plain()}
		if i == 0 {
			two.a = client
		} else {
			two.b = client
		}
		if _, err := os.Stat(filepath.Join(dir, datadir.SuperuserKey)); (err == nil) != (i == 0) {
			t.Errorf("server %d: key file: %v", i, err)
		}
	}
	two.must(two.a, "POST", "/organizations", map[string]string{"name": "acme", "full_name": "Acme"}, nil)
	return two
}

// openAt runs a server until the test ends, and returns its address.
func openAt(t *testing.T, at place) (addr string) {
	t.Helper()
	o := serveOptions{data: at.data, database: at.database, listen: "127.0.0.1:0", tls: "off", maxBody: defaultMaxBody, now: time.Now}
	s, err := openServer(t.Context(), o, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(runServer(t, s))
	return s.Addr()
}

func (two *twoServers) must(c *apiclient.Client, method, path string, body, out any) {
	two.Helper()
	if err := c.Call(two.Context(), method, path, body, out); err != nil {
		two.Fatalf("%s %s: %v", method, path, err)
	}
}

// wants requires the status of a GET below the organization.
func (two *twoServers) wants(c *apiclient.Client, path string, status int) {
	two.Helper()
	got := http.StatusOK
	err := c.Call(two.Context(), "GET", "/organizations/acme"+path, nil, nil)
	var refused *apiclient.Error
	if errors.As(err, &refused) {
		got = refused.Status
	} else if err != nil {
		two.Fatal(err)
	}
	if got != status {
		two.Errorf("GET %s as %s: %d, want %d", path, c.Signer.Name, got, status)
	}
}

// newClient makes a client through a server and returns the way to b as it.
func (two *twoServers) newClient(through *apiclient.Client, name string) *apiclient.Client {
	two.Helper()
	var made struct {
		Key struct {
			Private string `json:"private_key"`
		} `json:"chef_key"`
	}
	two.must(through, "POST", "/organizations/acme/clients", map[string]any{"name": name, "create_key": true}, &made)
	key, err := signing.ParsePrivateKey([]byte(made.Key.Private))
	if err != nil {
		two.Fatal(err)
	}
	return &apiclient.Client{Base: two.b.Base, HTTP: two.b.HTTP, Signer: &signing.Signer{Name: name, Key: key}}
}

// What one server has acknowledged is found by a search that starts later on
// the other: saved, changed and deleted.
func TestOtherServerFindsWhatWasSaved(t *testing.T) {
	two := startTwo(t)
	found := func(c *apiclient.Client, query string) (total int) {
		var answer struct{ Total int }
		two.must(c, "GET", "/organizations/acme/search/node?q="+url.QueryEscape(query), nil, &answer)
		return answer.Total
	}
	for i := range 20 {
		here, there := two.a, two.b
		if i%2 == 1 {
			here, there = there, here
		}
		name := fmt.Sprintf("n%d", i)
		node := map[string]any{"name": name, "normal": map[string]any{"round": "first"}}
		two.must(here, "POST", "/organizations/acme/nodes", node, nil)
		if n := found(there, "name:"+name+" AND round:first"); n != 1 {
			t.Errorf("round %d: %d found after the save", i, n)
		}
		node["normal"] = map[string]any{"round": "second"}
		two.must(there, "PUT", "/organizations/acme/nodes/"+name, node, nil)
		if n := found(here, "name:"+name+" AND round:first"); n != 0 {
			t.Errorf("round %d: %d found after the change", i, n)
		}
		two.must(here, "DELETE", "/organizations/acme/nodes/"+name, nil, nil)
		if n := found(there, "name:"+name); n != 0 {
			t.Errorf("round %d: %d found after the end", i, n)
		}
		two.wants(there, "/nodes/"+name, http.StatusNotFound)
	}
}

// What changed through one server of who may do what holds on the other for
// every request that starts later. Each look fills the other's caches first.
func TestOtherServerKnowsWhoMay(t *testing.T) {
	two := startTwo(t)
	for i := range 3 {
		c := two.newClient(two.a, fmt.Sprintf("c%d", i))
		two.wants(c, "/nodes", http.StatusOK)

		two.must(two.a, "PUT", "/organizations/acme/containers/nodes/_acl/read", ace("admins"), nil)
		two.wants(c, "/nodes", http.StatusForbidden)
		two.must(two.a, "PUT", "/organizations/acme/containers/nodes/_acl/read", ace("admins", "clients"), nil)
		two.wants(c, "/nodes", http.StatusOK)

		group := map[string]any{"groupname": "clients", "actors": map[string]any{"clients": []string{}, "users": []string{}, "groups": []string{}}}
		two.must(two.a, "PUT", "/organizations/acme/groups/clients", group, nil)
		two.wants(c, "/nodes", http.StatusForbidden)
		group["actors"] = map[string]any{"clients": []string{c.Signer.Name}, "users": []string{}, "groups": []string{}}
		two.must(two.a, "PUT", "/organizations/acme/groups/clients", group, nil)
		two.wants(c, "/nodes", http.StatusOK)

		two.must(two.a, "DELETE", "/organizations/acme/clients/"+c.Signer.Name+"/keys/default", nil, nil)
		two.wants(c, "/nodes", http.StatusUnauthorized)
		c = two.newClient(two.a, fmt.Sprintf("d%d", i))
		two.wants(c, "/nodes", http.StatusOK)
		two.must(two.a, "DELETE", "/organizations/acme/clients/"+c.Signer.Name, nil, nil)
		two.wants(c, "/nodes", http.StatusUnauthorized)
	}
}

func ace(groups ...string) map[string]any {
	return map[string]any{"read": map[string]any{"actors": []string{}, "groups": groups}}
}

// roundRobin sends each request to another server than the one before.
func roundRobin(t *testing.T, urls ...string) string {
	t.Helper()
	targets := make([]*url.URL, len(urls))
	for i, u := range urls {
		var err error
		if targets[i], err = url.Parse(u); err != nil {
			t.Fatal(err)
		}
	}
	var turn atomic.Int64
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(targets[int(turn.Add(1))%len(targets)])
		r.Out.Host = r.In.Host
		r.Out.Header["X-Forwarded-Proto"] = r.In.Header["X-Forwarded-Proto"] // from the suite, not from here
	}})
	t.Cleanup(proxy.Close)
	return proxy.URL
}
