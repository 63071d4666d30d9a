package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/internal/store"
)

// serveBriefly runs `tournant serve` with more arguments over an empty
// directory and requires an error that has a text and changes nothing.
func serveBriefly(t *testing.T, want string, args ...string) error {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	c := command()
	c.SetArgs(append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0", "--tls", "off"}, args...))
	err := c.ExecuteContext(ctx)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v: %v, want an error with %q", args, err, want)
	}
	if _, err := os.Stat(filepath.Join(dir, store.FileName)); err == nil {
		t.Errorf("%v: a database was made", args)
	}
	return err
}

// Who names a database that cannot be used must not be served from an empty
// one, nor is the password told.
func TestUselessDatabaseIsRefused(t *testing.T) {
	serveBriefly(t, "where the database is", "--database-file", filepath.Join(t.TempDir(), "absent"))
	serveBriefly(t, "is empty", "--database-file", os.DevNull)
	for url, want := range map[string]string{
		"mysql://chef:hidden@db/chef":                     "postgres://",
		"postgres://chef:hidden@127.0.0.1:1/chef":         "open database chef on 127.0.0.1",
		"postgres://chef:hidden@127.0.0.1:port/chef":      "URL",
		"postgres://chef:hidden@127.0.0.1:1/a?sslmode=no": "URL",
	} {
		t.Setenv("TOURNANT_DATABASE", url)
		if err := serveBriefly(t, want); err != nil && strings.Contains(err.Error(), "hidden") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

func TestFlagsOfServeAreChecked(t *testing.T) {
	serveBriefly(t, "--max-body", "--max-body", "0")
	for _, url := range []string{"chef.example.com", "ftp://chef.example.com", "https:/chef.example.com", "https://chef.example.com/?a"} {
		serveBriefly(t, "--api-url", "--api-url", url)
	}
}
