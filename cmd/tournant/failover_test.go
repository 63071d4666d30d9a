package main

import (
	"flag"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tournant/internal/pgtest"
)

var (
	failovers     = flag.Int("failover.rounds", 1, "how often TestFailoversGoUnnoticed does each of what can happen to a database")
	failoverPause = flag.Duration("failover.pause", time.Second, "how long it is away each time")
	failoverRate  = flag.Int("failover.rate", 50, "requests that are offered a second meanwhile")
	failoverCuts  = flag.Int("failover.cuts", 30, "how many commits TestAnswersWithoutTheirCommits leaves without an answer")
)

// No client of two servers notices what happens to their database, but by the
// time that it takes.
func TestFailoversGoUnnoticed(t *testing.T) {
	c := startOnCluster(t)
	c.createOrg()
	l := c.rehearsed()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			l.T, c.T = t, t
			var over atomic.Bool
			var outages []outage
			var failing sync.WaitGroup
			failing.Go(func() {
				defer over.Store(true)
				outages = c.suffer(f, *failovers, l.settled)
			})
			late := l.offer(*failoverRate, over.Load)
			failing.Wait()
			t.Log(l.report(outages), "; offered at most ", late, " late; load average ", loadAverage(t))
		})
	}
	l.T, c.T = t, t
	c.countChanges(l)
}

// cutOneOf is of how many commits one gets no answer. Each has all others on
// its server run again.
const cutOneOf = 8

// Nobody hears of a commit that was not answered.
func TestAnswersWithoutTheirCommits(t *testing.T) {
	c := startOnCluster(t)
	c.createOrg()
	l := c.rehearsed()
	seed := rand.Uint64()
	t.Logf("seed %d of the cuts", seed)
	var mu sync.Mutex
	random, cuts := rand.New(rand.NewPCG(seed, 0)), 0
	for _, p := range c.proxies {
		p.CutCommits(func() int {
			mu.Lock()
			defer mu.Unlock()
			if random.IntN(cutOneOf) != 0 {
				return pgtest.Whole
			}
			cuts++
			return random.IntN(pgtest.CommitAnswer + 1)
		})
	}
	late := l.offer(*failoverRate, func() bool {
		mu.Lock()
		defer mu.Unlock()
		return cuts >= *failoverCuts
	})
	for _, p := range c.proxies {
		p.CutCommits(nil)
	}
	t.Log(cuts, " commits cut: ", l.report(nil), "; offered at most ", late, " late; load average ", loadAverage(t))
	c.countChanges(l)
}

// Nothing that clients see meanwhile needs another explanation than that one
// request came after the other.
func TestHistoriesAcrossFailovers(t *testing.T) {
	c := startOnCluster(t)
	var over atomic.Bool
	var failing sync.WaitGroup
	failing.Go(func() {
		time.Sleep(2 * time.Second) // for the first searches, see createOrg
		for !over.Load() {
			for _, f := range faults {
				c.suffer(f, 1, func() {})
			}
		}
	})
	defer failing.Wait()
	defer over.Store(true)
	testHistories(t, c.servers...)
}
