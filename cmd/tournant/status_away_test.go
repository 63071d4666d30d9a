package main

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"
)

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
