package main

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"
)

// A client with a connection to a server that is being stopped is answered once
// more, told that this was the last, and then the server ends, without waiting
// for anything else. A connection on which nothing comes is closed in the end.
func TestLeaving(t *testing.T) {
	for name, within := range map[string]time.Duration{"a client that comes back": time.Hour, "one that does not": 20 * time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			s, err := openServer(ctx, serveOptions{
				data: filepath.Join(t.TempDir(), "data"), listen: "127.0.0.1:0", tls: "off", maxBody: defaultMaxBody, now: time.Now,
				leaveWithin: within,
			}, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- s.Run(ctx) }()
			client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: 1}}
			defer client.CloseIdleConnections()
			last := func() bool {
				t.Helper()
				res, err := client.Get("http://" + s.Addr() + "/_status")
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != http.StatusOK {
					t.Fatalf("status %d, %v", res.StatusCode, err)
				}
				return res.Close
			}
			if last() {
				t.Error("the answer of a server that stays is its connection's last")
			}
			cancel()
			if within == time.Hour {
				for !last() { // until it has heard that it is to end
					time.Sleep(time.Millisecond)
				}
			}
			select {
			case err := <-ended:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(time.Minute):
				t.Error("it does not end")
			}
		})
	}
}
