// Package pgtest gives tests a real PostgreSQL: Debian's binaries over a data
// directory of their own, one cluster a test binary and one database a test.
package pgtest

import (
	"fmt"
	"net/url"
	"os"
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
	c, err := start()
	if err != nil {
		tb.Fatalf("pgtest: this test needs PostgreSQL 15, which scripts/deps installs: %v", err)
	}
	name, err := c.CreateDatabase()
	if err != nil {
		tb.Fatalf("pgtest: create database: %v", err)
	}
	return c.URL(name)
}

func start() (_ *Cluster, err error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.cluster == nil {
		shared.cluster, err = Start()
	}
	return shared.cluster, err
}

// URL names a database of the cluster.
func (c *Cluster) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database}
	u.RawQuery = url.Values{"host": {c.dir}, "port": {port}}.Encode()
	return u.String()
}
