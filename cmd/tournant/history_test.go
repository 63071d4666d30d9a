package main

import (
	"encoding/json"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/conformance/history"
	"tournant/internal/apiclient"
)

var historyTime = flag.Duration("history.time", 10*time.Second, "how long TestHistories lets its clients go on")

// clientsAtOnce meet at the same few objects often enough to see what one
// server could not have answered, and seldom enough for histories to be checked.
const clientsAtOnce = 8

// runHistories puts clients on servers of one database, of which the first has
// the superuser's key, and returns what they found.
func runHistories(t *testing.T, d time.Duration, servers ...*process) (history.Counts, error) {
	t.Helper()
	urls := make([]string, len(servers))
	for i, p := range servers {
		urls[i] = p.url
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	client := apiclient.Plain()
	t.Cleanup(client.CloseIdleConnections)
	return history.Run(t.Context(), history.Options{
		URLs: urls, Superuser: servers[0].superuser(t), HTTP: client,
		Seed: seed, Duration: d, Workers: clientsAtOnce,
	})
}

// Concurrent clients see nothing that one request after another could not have
// shown them.
func TestHistories(t *testing.T) { testHistories(t, startProcess(t, t.TempDir())) }

// The same when each request goes to one of two servers on one database.
func TestHistoriesOfTwoServers(t *testing.T) {
	database := databaseFile(t)
	first := startProcess(t, t.TempDir(), "--database-file", database)
	testHistories(t, first, startProcess(t, t.TempDir(), "--database-file", database))
}

func testHistories(t *testing.T, servers ...*process) {
	t.Helper()
	counts, err := runHistories(t, *historyTime, servers...)
	t.Logf("%d operations", counts.Operations)
	if err != nil {
		t.Error(err)
	}
	if counts.Operations == 0 || counts.Unanswered > 0 {
		t.Errorf("%d of %d operations had no answer", counts.Unanswered, counts.Operations)
	}
	for _, p := range servers {
		p.stop(t)
	}
}

// mutants are the program without one of its cache checks or waits. Each must
// be found out, or TestHistories would not notice were it missing.
var mutants = []struct{ name, file, from, to string }{
	{
		"a search does not wait for the index", "internal/api/search.go",
		"return rq.Index.CatchUp(rq.Context(), rq.org.ID, rq.heads.Object)", "return nil",
	},
	{
		"changed actors are not forgotten", "internal/identity/cache.go",
		"o.forget(change)", "_ = change",
	},
	{
		"lists are not brought up to date", "internal/listing/cache.go",
		"if l.loaded && l.seq >= head {", "if l.loaded {",
	},
	{
		"catalogs are not brought up to date", "internal/catalog/cache.go",
		"if o.current != nil && o.heads.Object >= h.Object && o.heads.Authz >= h.Authz {", "if o.current != nil {",
	},
}

// mutantTime is how long clients have to find a mutant out. It takes them
// tenths of a second.
const mutantTime = 60 * time.Second

func TestHistoriesFindMutants(t *testing.T) {
	for _, m := range mutants {
		t.Run(m.name, func(t *testing.T) {
			program := buildMutant(t, m.file, m.from, m.to)
			_, err := runHistories(t, mutantTime, startProgram(t, program, t.TempDir()))
			var found *history.Violation
			if !errors.As(err, &found) {
				t.Errorf("nobody noticed: %v", err)
			}
		})
	}
}

// buildMutant builds the program with one text replaced in one file, which the
// work tree never sees.
func buildMutant(t *testing.T, file, from, to string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatalf("root: %v", err)
	}
	original := filepath.Join(root, file)
	text, err := os.ReadFile(original)
	if err != nil {
		t.Fatalf("source: %v", err)
	}
	if strings.Count(string(text), from) != 1 {
		t.Fatalf("%s does not have %q once: the mutant follows the code", file, from)
	}
	dir := t.TempDir()
	mutated := filepath.Join(dir, filepath.Base(file))
	if err := os.WriteFile(mutated, []byte(strings.Replace(string(text), from, to, 1)), 0o600); err != nil {
		t.Fatalf("mutant: %v", err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: mutated}})
	if err != nil {
		t.Fatalf("overlay: %v", err)
	}
	overlayFile := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(overlayFile, overlay, 0o600); err != nil {
		t.Fatalf("overlay: %v", err)
	}
	program := filepath.Join(dir, "tournant")
	build := exec.CommandContext(t.Context(), "go", "build", "-ldflags=-s -w", "-overlay", overlayFile, "-o", program, ".")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}
