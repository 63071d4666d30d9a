package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"tournant/internal/apiclient"
	"tournant/internal/store"
)

var crashRounds = flag.Int("crash.rounds", 2, "how often TestKilledDuringWrites kills the server")

// writesPerRound are under way at once when the server is killed.
const writesPerRound = 1000

// payload makes a half-written document tell itself apart from a whole one.
type payload struct {
	Name   string            `json:"name"`
	Normal map[string]string `json:"normal"`
}

func (p payload) body(t *testing.T) []byte {
	t.Helper()
	body, err := json.Marshal(p)
	if err != nil {
		t.Fatalf("marshal: %v", err)
	}
	return body
}

// What was acknowledged survives a kill -9, whole and found by search, and the
// database is sound.
func TestKilledDuringWrites(t *testing.T) {
	dir := t.TempDir()
	killRounds(t, startProcess(t, dir), nil, func(*apiclient.Client, int, map[string]bool) { checkIntegrity(t, dir) })
}

// Over PostgreSQL it survives as well, and another server has it at once.
func TestKilledDuringWritesOverPostgres(t *testing.T) {
	database := []string{"--database-file", databaseFile(t)}
	p := startProcess(t, t.TempDir(), database...)
	other := startProcess(t, t.TempDir(), database...)
	killRounds(t, p, database, func(api *apiclient.Client, round int, acked map[string]bool) {
		checkRound(t, &apiclient.Client{Base: other.url, Signer: api.Signer, HTTP: api.HTTP}, round, acked)
	})
	other.stop(t)
}

// killRounds kills a server amid writes, looks at what it left with check,
// starts it again with the same flags and looks at what it has.
func killRounds(t *testing.T, p *process, flags []string, check func(api *apiclient.Client, round int, acked map[string]bool)) {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	api := &apiclient.Client{Base: p.url, Signer: p.superuser(t), HTTP: apiclient.Plain()}
	org := map[string]string{"name": "acme", "full_name": "Acme"}
	if err := api.Call(t.Context(), "POST", "/organizations", org, nil); err != nil {
		t.Fatalf("create organization: %v", err)
	}
	for round := range *crashRounds {
		acked := p.killedAmid(t, api, round, r.IntN(writesPerRound))
		check(api, round, acked)
		p = startProcess(t, p.dir, flags...)
		api.Base = p.url
		checkRound(t, api, round, acked)
	}
	p.stop(t)
}

// killedAmid starts all writes at once, kills the server when so many are
// acknowledged, and returns the names of those that were.
func (p *process) killedAmid(t *testing.T, api *apiclient.Client, round, kill int) map[string]bool {
	t.Helper()
	requests := signedWrites(t, api, round)
	var wg sync.WaitGroup
	var count atomic.Int64
	var mu sync.Mutex
	acked := map[string]bool{}
	for name, rq := range requests {
		wg.Go(func() {
			res, err := api.HTTP.Do(rq)
			if err != nil {
				return
			}
			_ = res.Body.Close()
			if res.StatusCode != http.StatusCreated {
				t.Errorf("create %s: status %d", name, res.StatusCode)
				return
			}
			mu.Lock()
			acked[name] = true
			mu.Unlock()
			if count.Add(1) == int64(kill)+1 {
				_ = p.cmd.Process.Kill()
			}
		})
	}
	wg.Wait()
	p.kill()
	api.HTTP.CloseIdleConnections()
	t.Logf("round %d: %d of %d acknowledged", round, len(acked), writesPerRound)
	return acked
}

// signedWrites signs ahead: making signatures is slower than serving them.
func signedWrites(t *testing.T, api *apiclient.Client, round int) map[string]*http.Request {
	t.Helper()
	requests := map[string]*http.Request{}
	for i := range writesPerRound {
		doc := roundNode(round, i)
		body := doc.body(t)
		rq, err := http.NewRequestWithContext(context.Background(), "POST", api.Base+"/organizations/acme/nodes", bytes.NewReader(body))
		if err != nil {
			t.Fatalf("request: %v", err)
		}
		if err := api.Signer.Sign(rq, body); err != nil {
			t.Fatalf("sign: %v", err)
		}
		requests[doc.Name] = rq
	}
	return requests
}

func roundNode(round, i int) payload {
	name := fmt.Sprintf("r%d-%s", round, nodeName(i))
	return payload{Name: name, Normal: map[string]string{"round": fmt.Sprint(round), "first": name, "last": name}}
}

// checkRound requires every acknowledged node to be found by search, and every
// node that is found to be whole.
func checkRound(t *testing.T, api *apiclient.Client, round int, acked map[string]bool) {
	t.Helper()
	var found struct {
		Total int
		Rows  []payload
	}
	query := "/organizations/acme/search/node?rows=5000&q=" + url.QueryEscape(fmt.Sprintf("round:%d", round))
	if err := api.Call(t.Context(), "GET", query, nil, &found); err != nil {
		t.Fatalf("search: %v", err)
	}
	lost := maps.Clone(acked)
	for _, row := range found.Rows {
		delete(lost, row.Name)
		if row.Normal["first"] != row.Name || row.Normal["last"] != row.Name {
			t.Errorf("half a node: %+v", row)
		}
	}
	for name := range lost {
		t.Errorf("round %d: %s was acknowledged and is not found", round, name)
	}
	var names map[string]string
	if err := api.Call(t.Context(), "GET", "/organizations/acme/nodes", nil, &names); err != nil {
		t.Fatalf("list: %v", err)
	}
	for _, row := range found.Rows {
		if names[row.Name] == "" {
			t.Errorf("%s is found but not listed", row.Name)
		}
	}
}

func checkIntegrity(t *testing.T, dir string) {
	t.Helper()
	s, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatalf("open after the kill: %v", err)
	}
	if err := s.CheckIntegrity(t.Context()); err != nil {
		t.Errorf("integrity: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}
