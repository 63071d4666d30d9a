package main

import (
	"os"
	"path/filepath"
	"testing"

	"tournant/conformance"
	"tournant/internal/datadir"
	"tournant/internal/signing"
)

// The whole API, from outside, over each database.
func TestConformance(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { testConformance(t) })
	t.Run("postgres", func(t *testing.T) { testConformance(t, "--database-file", databaseFile(t)) })
}

func testConformance(t *testing.T, flags ...string) {
	p := startProcess(t, t.TempDir(), flags...)
	t.Cleanup(func() { p.stop(t) }) // the suite runs its nouns after this function
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
		URL: p.url, Superuser: superuser.Name, Key: superuser.Key, WebUIKey: webUI, MaxBody: 2_000_000,
	})
}
