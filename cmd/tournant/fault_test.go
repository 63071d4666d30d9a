package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// fault is something that happens to a database, and its end.
type fault struct {
	name       string
	gone, back func(*clusterServers) error
}

var faults = []fault{
	{"killed", func(c *clusterServers) error { return c.cluster.Kill() }, func(c *clusterServers) error { return c.cluster.Restart() }},
	// Its host dies, and another takes the disk and the address.
	{"moved", func(c *clusterServers) error {
		for _, p := range c.proxies {
			p.Lose()
			p.Silence()
		}
		return c.cluster.Kill()
	}, func(c *clusterServers) error {
		err := c.cluster.Relocate()
		c.move(c.cluster)
		return err
	}},
	{"restarted", func(c *clusterServers) error { return c.cluster.Shutdown() }, func(c *clusterServers) error { return c.cluster.Restart() }},
	{"recovering", func(c *clusterServers) error {
		return errors.Join(c.cluster.Kill(), c.cluster.RestartAsStandby())
	}, func(c *clusterServers) error { return c.cluster.Promote() }},
	{
		"read-only", func(c *clusterServers) error { return c.cluster.SetReadOnly(true) },
		func(c *clusterServers) error { return c.cluster.SetReadOnly(false) },
	},
	// It refuses connections and ends those it has.
	{
		"unreachable", func(c *clusterServers) error { c.move(nil); return nil },
		func(c *clusterServers) error { c.move(c.cluster); return nil },
	},
	// Nothing comes through, and then only what is new: the old connections stay
	// dead, with neither side knowing it.
	{"silent", func(c *clusterServers) error {
		for _, p := range c.proxies {
			p.Silence()
		}
		return nil
	}, func(c *clusterServers) error {
		for _, p := range c.proxies {
			p.Lose()
		}
		return nil
	}},
}

// calm lies before each fault.
const calm = time.Second

// outage is from when a fault began until the database was there again.
type outage struct{ gone, back time.Time }

// suffer has a fault happen so many times, each when what waited for the one
// before is done.
func (c *clusterServers) suffer(f fault, times int, settled func()) (all []outage) {
	for range times {
		time.Sleep(calm)
		o := outage{gone: time.Now()}
		if err := f.gone(c); err != nil {
			c.Errorf("%s: %v", f.name, err)
		}
		time.Sleep(*failoverPause)
		if err := f.back(c); err != nil {
			c.Errorf("%s, to its end: %v", f.name, err)
		}
		o.back = time.Now()
		settled()
		all = append(all, o)
	}
	time.Sleep(calm)
	return all
}

// report tells how long requests took: those that met an outage, how much
// longer than that, and all others.
func (l *load) report(outages []outage) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var met, beyond, others, lasted waits
	first := make(waits, len(outages))
	for _, call := range l.calls {
		took := call.ended.Sub(call.began)
		i := slices.IndexFunc(outages, func(o outage) bool { return call.began.Before(o.back) && call.ended.After(o.gone) })
		if i < 0 {
			others = append(others, took)
			continue
		}
		met = append(met, took)
		since := outages[i].back
		if call.began.After(since) {
			since = call.began
		}
		beyond = append(beyond, max(0, call.ended.Sub(since)))
		if after := call.ended.Sub(outages[i].back); after > 0 && (first[i] == 0 || after < first[i]) {
			first[i] = after
		}
	}
	for _, o := range outages {
		lasted = append(lasted, o.back.Sub(o.gone))
	}
	text := fmt.Sprintf("%d requests; the %d others took %v", len(l.calls), len(others), others)
	if len(outages) > 0 {
		text += fmt.Sprintf("; %d outages lasted %v; the first answer behind one after %v; the %d that met one took %v, of it beyond the outage %v",
			len(outages), lasted, first, len(met), met, beyond)
	}
	return text
}

type waits []time.Duration

// String tells the median, the 99th percentile and the longest.
func (w waits) String() string {
	if len(w) == 0 {
		return "nothing"
	}
	slices.Sort(w)
	at := func(q float64) time.Duration { return w[int(q*float64(len(w)-1))].Round(100 * time.Microsecond) }
	return fmt.Sprintf("p50 %v p99 %v longest %v", at(0.5), at(0.99), at(1))
}

func loadAverage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))[0]
}
