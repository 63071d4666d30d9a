package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"tournant/internal/apiclient"
	"tournant/internal/pgtest"
	"tournant/internal/store"
)

// clusterServers are two servers on one database that can go away: each has a
// way of its own to it.
type clusterServers struct {
	*testing.T
	cluster  *pgtest.Cluster
	database string
	proxies  []*pgtest.Proxy
	servers  []*process
}

func startOnCluster(t *testing.T) *clusterServers {
	t.Helper()
	c := &clusterServers{T: t, cluster: pgtest.Own(t)}
	database, err := c.cluster.CreateDatabase()
	if err != nil {
		t.Fatal(err)
	}
	c.database = database
	for range 2 {
		proxy, err := pgtest.NewProxy(c.cluster)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(proxy.Close)
		file := filepath.Join(t.TempDir(), "database")
		if err := os.WriteFile(file, []byte(proxy.URL(database)), 0o600); err != nil {
			t.Fatal(err)
		}
		c.proxies = append(c.proxies, proxy)
		c.servers = append(c.servers, startProcess(t, t.TempDir(), "--database-file", file))
	}
	return c
}

func (c *clusterServers) move(to *pgtest.Cluster) {
	for _, p := range c.proxies {
		p.Move(to)
	}
}

// client calls a server as the superuser.
func (c *clusterServers) client(i int) *apiclient.Client {
	return &apiclient.Client{Base: c.servers[i].url, Signer: c.servers[0].superuser(c.T), HTTP: apiclient.Plain()}
}

// createOrg returns when both servers have an index of it: searches are told to
// come again while that is built, with or without a database.
func (c *clusterServers) createOrg() {
	c.Helper()
	org := map[string]string{"name": "acme", "full_name": "Acme"}
	err := c.client(0).Call(c.Context(), "POST", "/organizations", org, nil)
	for i := range c.servers {
		if err == nil {
			err = c.client(i).Call(c.Context(), "GET", "/organizations/acme/search/node", nil, nil)
		}
	}
	if err != nil {
		c.Fatal(err)
	}
}

// rehearsed is a load on both servers, whose scripts were played once, as was
// counted how much each changes.
func (c *clusterServers) rehearsed() *load {
	c.Helper()
	l := newLoad(c.T, c.servers[0].superuser(c.T), c.servers[0].url, c.servers[1].url)
	for i := range scripts {
		before := c.changes()
		l.rehearse(&scripts[i])
		l.changes[scripts[i].name] = c.changes().minus(before)
	}
	l.before = c.changes()
	return l
}

// changeCount is how many changes there were of objects and of who may do what,
// in the organization, and of the latter on the server.
type changeCount store.Heads

func (n changeCount) minus(o changeCount) changeCount {
	return changeCount{n.Object - o.Object, n.Authz - o.Authz, n.Server - o.Server}
}

func (c *clusterServers) changes() changeCount {
	c.Helper()
	s, err := store.OpenPostgres(context.Background(), c.cluster.URL(c.database), store.Options{})
	if err != nil {
		c.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	_, heads, err := s.Org(c.Context(), "acme")
	if err != nil {
		c.Fatal(err)
	}
	return changeCount(heads)
}

// countChanges plays the load to its end, and requires that all that was played
// has changed what it does without load: nothing was lost, and nothing done twice.
func (c *clusterServers) countChanges(l *load) {
	c.Helper()
	l.finish()
	var want changeCount
	for name, n := range l.played {
		each := l.changes[name]
		want.Object += int64(n) * each.Object
		want.Authz += int64(n) * each.Authz
		want.Server += int64(n) * each.Server
	}
	if got := c.changes().minus(l.before); got != want {
		c.Errorf("%+v changes, want %+v", got, want)
	}
	c.Logf("%+v changes of %v", want, l.played)
}
