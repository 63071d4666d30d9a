package main

import (
	"flag"
	"math/rand/v2"
	"testing"
	"time"

	"tournant/conformance/history"
	"tournant/internal/apiclient"
)

var historyTime = flag.Duration("history.time", 20*time.Second, "how long TestHistories lets its clients go on")

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
