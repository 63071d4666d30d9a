// Package pgtest gives tests a real PostgreSQL: Debian's binaries over a data
// directory of their own, one cluster a test binary and one database a test.
package pgtest

import (
	"fmt"
	"net/url"
	"os"
	"testing"
)

// server is the cluster of this test binary. Tests reach it through New, which
// has nothing but the test to know it by.
var server *Cluster

// Main runs a package's tests with a cluster for them, and returns the exit
// code. Its cluster ends with it, however it ends.
func Main(m *testing.M) int {
	c, err := Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgtest: these tests need PostgreSQL 15, which scripts/deps installs:", err)
		return 1
	}
	server = c
	code := m.Run()
	if err := c.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "pgtest: stop:", err)
		return 1
	}
	return code
}

// New returns the URL of a new database in the cluster that Main started.
func New(tb testing.TB) string {
	tb.Helper()
	if server == nil {
		tb.Fatal("pgtest: the package's TestMain must call pgtest.Main")
	}
	name, err := server.CreateDatabase()
	if err != nil {
		tb.Fatalf("pgtest: create database: %v", err)
	}
	return server.URL(name)
}

// URL names a database of the cluster.
func (c *Cluster) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database}
	u.RawQuery = url.Values{"host": {c.dir}, "port": {port}}.Encode()
	return u.String()
}
