// Package pgtest gives tests a real PostgreSQL: Debian's binaries over a data
// directory of their own, one cluster a test binary and one database a test.
package pgtest

import (
	"fmt"
	"net/url"
	"os"
	"strconv"
	"sync"
	"testing"
)

// shared is the cluster of this test binary. Tests reach it through New, which
// has nothing but the test to know it by.
var shared struct {
	sync.Mutex
	cluster *Cluster
}

// Main runs a package's tests, returns the exit code, and ends the cluster that
// they may have started.
func Main(m *testing.M) int {
	code := m.Run()
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil {
		return code
	}
	if err := shared.cluster.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest: stop:", err)
		return 1
	}
	return code
}

// New returns the URL of a new database in the cluster of this test binary,
// which its TestMain ends by Main. A machine without PostgreSQL fails the test.
func New(tb testing.TB) string {
	tb.Helper()
	c, err := Shared()
	if err != nil {
		tb.Fatalf("pgtest: this test needs PostgreSQL 15, which scripts/deps installs: %v", err)
	}
	name, err := c.CreateDatabase()
	if err != nil {
		tb.Fatalf("pgtest: create database: %v", err)
	}
	return c.URL(name)
}

// Shared is the cluster of New.
func Shared() (_ *Cluster, err error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil {
		shared.cluster, err = Start()
	}
	return shared.cluster, err
}

// Own returns a cluster for this test alone, which may end it at any moment.
func Own(tb testing.TB) *Cluster {
	tb.Helper()
	c, err := Start()
	if err != nil {
		tb.Fatalf("pgtest: start: %v", err)
	}
	tb.Cleanup(func() {
		if err := c.Stop(); err != nil {
			tb.Errorf("pgtest: stop: %v", err)
		}
	})
	return c
}

// Behind returns the URL of a new database of a cluster behind a proxy; nil is
// the cluster of New.
func Behind(tb testing.TB, c *Cluster) (*Proxy, string) {
	tb.Helper()
	if c == nil {
		var err error
		if c, err = Shared(); err != nil {
			tb.Fatalf("pgtest: start: %v", err)
		}
	}
	name, err := c.CreateDatabase()
	if err != nil {
		tb.Fatalf("pgtest: create database: %v", err)
	}
	p, err := NewProxy(c)
	if err != nil {
		tb.Fatalf("pgtest: proxy: %v", err)
	}
	tb.Cleanup(p.Close)
	return p, p.URL(name)
}

// URL names a database of the cluster.
func (c *Cluster) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database}
	u.RawQuery = url.Values{"host": {c.dir}, "port": {strconv.FormatInt(c.port.Load(), 10)}}.Encode()
	return u.String()
}
