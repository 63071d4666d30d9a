package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tournant/internal/apiclient"
	"tournant/internal/pgtest"
)

var (
	failovers     = flag.Int("failover.rounds", 2, "how often the database is killed, and how often it moves, in the tests of failovers")
	failoverPause = flag.Duration("failover.pause", time.Second, "how long it is away each time")
	failoverCuts  = flag.Int("failover.cuts", 30, "how many commits TestAnswersWithoutTheirCommits leaves without an answer")
)

// clusterServers are two servers on one database that can go away: each has a
// way of its own to it.
type clusterServers struct {
	*testing.T
	cluster *pgtest.Cluster
	proxies []*pgtest.Proxy
	servers []*process
}

func startOnCluster(t *testing.T) *clusterServers {
	t.Helper()
	c := &clusterServers{T: t, cluster: pgtest.Own(t)}
	database, err := c.cluster.CreateDatabase()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		proxy, err := pgtest.NewProxy(c.cluster)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(proxy.Close)
		file := filepath.Join(t.TempDir(), "database")
		if err := os.WriteFile(file, []byte(proxy.URL(database)), 0o600); err != nil {
			t.Fatal(err)
		}
		c.proxies = append(c.proxies, proxy)
		c.servers = append(c.servers, startProcess(t, t.TempDir(), "--database-file", file))
	}
	return c
}

// fail has the database die and recover, then leave its address and come back,
// so many times.
func (c *clusterServers) fail(rounds int) {
	for range rounds {
		time.Sleep(*failoverPause)
		if err := c.cluster.Kill(); err != nil {
			c.Errorf("kill: %v", err)
		}
		time.Sleep(*failoverPause)
		if err := c.cluster.Restart(); err != nil {
			c.Errorf("restart: %v", err)
		}
		time.Sleep(*failoverPause)
		c.move(nil)
		time.Sleep(*failoverPause)
		c.move(c.cluster)
	}
	time.Sleep(*failoverPause)
}

func (c *clusterServers) move(to *pgtest.Cluster) {
	for _, p := range c.proxies {
		p.Move(to)
	}
}

// client calls a server as the superuser.
func (c *clusterServers) client(i int) *apiclient.Client {
	return &apiclient.Client{Base: c.servers[i].url, Signer: c.servers[0].superuser(c.T), HTTP: apiclient.Plain()}
}

// createOrg returns when both servers have an index of it: searches are told to
// come again while that is built, with or without a database.
func (c *clusterServers) createOrg() {
	c.Helper()
	org := map[string]string{"name": "acme", "full_name": "Acme"}
	err := c.client(0).Call(c.Context(), "POST", "/organizations", org, nil)
	for i := range c.servers {
		if err == nil {
			err = c.client(i).Call(c.Context(), "GET", "/organizations/acme/search/node", nil, nil)
		}
	}
	if err != nil {
		c.Fatal(err)
	}
}

// life is a client that makes, changes, finds and deletes nodes, one request
// after the other.
type life struct {
	*testing.T
	servers  []*apiclient.Client
	random   *rand.Rand
	requests int
	longest  time.Duration
}

// call requires the status; 200 is any success.
func (l *life) call(want int, method, path string, body, out any) {
	l.Helper()
	c := l.servers[l.random.IntN(len(l.servers))]
	began := time.Now()
	err := c.Call(context.WithoutCancel(l.Context()), method, "/organizations/acme"+path, body, out)
	l.longest = max(l.longest, time.Since(began))
	l.requests++
	status := http.StatusOK
	if err != nil {
		status = apiclient.Status(err)
	}
	if status != want {
		l.Errorf("%s %s: %d, want %d: %v", method, path, status, want, err)
	}
}

func (l *life) live(name string) {
	l.Helper()
	document := func(value int) map[string]any {
		return map[string]any{"name": name, "normal": map[string]any{"value": value}}
	}
	var node struct{ Normal struct{ Value int } }
	l.call(http.StatusOK, "POST", "/nodes", document(1), nil)
	l.call(http.StatusConflict, "POST", "/nodes", document(1), nil)
	l.call(http.StatusOK, "PUT", "/nodes/"+name, document(2), nil)
	l.call(http.StatusOK, "GET", "/nodes/"+name, nil, &node)
	if node.Normal.Value != 2 {
		l.Errorf("%s has %d after the change", name, node.Normal.Value)
	}
	var found struct{ Total int }
	l.call(http.StatusOK, "GET", "/search/node?q=value:2+AND+name:"+name, nil, &found)
	if found.Total != 1 {
		l.Errorf("%s is found %d times", name, found.Total)
	}
	l.call(http.StatusOK, "DELETE", "/nodes/"+name, nil, nil)
	l.call(http.StatusNotFound, "DELETE", "/nodes/"+name, nil, nil)
	l.call(http.StatusNotFound, "GET", "/nodes/"+name, nil, nil)
}

// liveUntil has some clients go on until stop, and returns what they did.
func (c *clusterServers) liveUntil(stop func() bool, pace time.Duration) (requests int, longest time.Duration) {
	c.Helper()
	seed := rand.Uint64()
	c.Logf("seed %d", seed)
	lives := make([]*life, 8)
	var wg sync.WaitGroup
	for i := range lives {
		l := &life{
			T: c.T, servers: []*apiclient.Client{c.client(0), c.client(1)},
			random: rand.New(rand.NewPCG(seed, uint64(i))),
		}
		lives[i] = l
		wg.Go(func() {
			for n := 0; !stop() && !c.Failed(); n++ {
				l.live(fmt.Sprintf("n%d-%d", i, n))
				time.Sleep(pace)
			}
		})
	}
	wg.Wait()
	for _, l := range lives {
		requests, longest = requests+l.requests, max(longest, l.longest)
	}
	return requests, longest
}

// No client of two servers notices that their database was killed, or moved,
// but by the time that it took.
func TestFailoversGoUnnoticed(t *testing.T) {
	c := startOnCluster(t)
	c.createOrg()
	var over atomic.Bool
	var failing sync.WaitGroup
	failing.Go(func() {
		defer over.Store(true)
		c.fail(*failovers)
	})
	// 8 clients with 8 requests every 300 ms: about 200 requests a second.
	requests, longest := c.liveUntil(over.Load, 300*time.Millisecond)
	t.Logf("%d requests over %d ends of the database, none failed; the longest took %v", requests, 2**failovers, longest)
	failing.Wait()
}

// Nobody hears of a commit that was not answered.
func TestAnswersWithoutTheirCommits(t *testing.T) {
	c := startOnCluster(t)
	c.createOrg()
	seed := rand.Uint64()
	t.Logf("seed %d of the cuts", seed)
	var mu sync.Mutex
	random, cuts := rand.New(rand.NewPCG(seed, 0)), 0
	for _, p := range c.proxies {
		p.CutCommits(func() int {
			mu.Lock()
			defer mu.Unlock()
			if random.IntN(2) == 0 {
				return pgtest.Whole
			}
			cuts++
			return random.IntN(pgtest.CommitAnswer + 1)
		})
	}
	requests, longest := c.liveUntil(func() bool {
		mu.Lock()
		defer mu.Unlock()
		return cuts >= *failoverCuts
	}, 0)
	t.Logf("%d requests, %d commits cut; the longest took %v", requests, cuts, longest)
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
			c.fail(1)
		}
	})
	defer failing.Wait()
	defer over.Store(true)
	testHistories(t, c.servers...)
}

// get asks a server without a signature.
func (c *clusterServers) get(path string) (status int, body string) {
	c.Helper()
	rq, err := http.NewRequestWithContext(c.Context(), http.MethodGet, c.servers[0].url+path, http.NoBody)
	if err != nil {
		c.Fatal(err)
	}
	res, err := http.DefaultClient.Do(rq)
	if err != nil {
		c.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		c.Fatal(err)
	}
	return res.StatusCode, string(text)
}

var holds = regexp.MustCompile(`tournant_held_requests [1-9]`)

// The status tells that the database is away; a load balancer is told to stay.
func TestStatusWhileTheDatabaseIsAway(t *testing.T) {
	c := startOnCluster(t)
	c.createOrg()
	c.move(nil)
	held := make(chan error, 1)
	go func() { held <- c.client(0).Call(t.Context(), "GET", "/organizations/acme/nodes", nil, nil) }()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, metrics := c.get("/_tournant/metrics")
		if holds.MatchString(metrics) && strings.Contains(metrics, "tournant_database_up 0\n") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the metrics do not tell of the request that is held:\n%s", metrics)
		}
	}
	if status, body := c.get("/_status"); status != http.StatusInternalServerError || !strings.Contains(body, `"chef_sql":"fail"`) {
		t.Errorf("status: %d %s", status, body)
	}
	if status, _ := c.get("/_tournant/ready"); status != http.StatusOK {
		t.Errorf("ready: %d", status)
	}
	c.move(c.cluster)
	if err := <-held; err != nil {
		t.Errorf("the request that was held: %v", err)
	}
	if status, body := c.get("/_status"); status != http.StatusOK {
		t.Errorf("status after its return: %d %s", status, body)
	}
}
