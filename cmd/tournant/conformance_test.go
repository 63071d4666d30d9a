package main

import (
	"os"
	"path/filepath"
	"testing"

	"tournant/conformance"
	"tournant/internal/datadir"
	"tournant/internal/signing"
)

// The whole API, from outside.
func TestConformance(t *testing.T) {
	p := startProcess(t, t.TempDir())
	t.Cleanup(func() { p.stop(t) }) // the suite runs its nouns after this function
	testConformance(t, p, p.url)
}

// The same over PostgreSQL, each request to another server than the one before:
// nobody must be able to tell that they are two.
func TestConformanceOfTwoServers(t *testing.T) {
	database := databaseFile(t)
	first := startProcess(t, t.TempDir(), "--database-file", database)
	second := startProcess(t, t.TempDir(), "--database-file", database)
	t.Cleanup(func() {
		first.stop(t)
		second.stop(t)
	})
	testConformance(t, first, roundRobin(t, first.url, second.url))
}

// testConformance calls the server at a URL with the keys of p.
func testConformance(t *testing.T, p *process, url string) {
	t.Helper()
	pem, err := os.ReadFile(filepath.Join(p.dir, datadir.WebUIKey))
	if err != nil {
		t.Fatalf("web UI key: %v", err)
	}
	webUI, err := signing.ParsePrivateKey(pem)
	if err != nil {
		t.Fatalf("web UI key: %v", err)
	}
	superuser := p.superuser(t)
	conformance.Run(t, conformance.Target{
		URL: url, Superuser: superuser.Name, Key: superuser.Key, WebUIKey: webUI, MaxBody: 2_000_000,
	})
}
