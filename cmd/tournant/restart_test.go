package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tournant/internal/systemd"
	"tournant/internal/systemd/systemdtest"
)

// A server that a systemd of its own restarts again and again answers each
// request: of connections that are kept, and of new ones. The unit is the
// package's in what matters here.
func TestRestartsGoUnnoticed(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	m, url := startUnit(t)
	for answered := false; !answered; {
		if err := errors.Join(ctx.Err(), ask(http.DefaultClient, url)); err == nil {
			answered = true
		} else if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
	var requests atomic.Int64
	var clients sync.WaitGroup
	done := make(chan struct{})
	for i := range 4 {
		clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: i%2 == 0}}
			defer client.CloseIdleConnections()
			for {
				select {
				case <-done:
					return
				default:
				}
				if err := ask(client, url); err != nil {
					t.Errorf("kept %t: %v", i%2 == 1, err)
					return
				}
				requests.Add(1)
			}
		})
	}
	for range 3 {
		for before := requests.Load(); requests.Load() < before+50 && ctx.Err() == nil; {
			time.Sleep(time.Millisecond)
		}
		if err := m.Restart(ctx, "server.service"); err != nil {
			t.Error(err)
		}
	}
	close(done)
	clients.Wait()
	t.Logf("%d requests", requests.Load())
}

// ask posts, since Go asks again by itself where it knows that nothing is done
// twice.
func ask(client *http.Client, url string) error {
	res, err := client.Post(url+"/_status", "text/plain", strings.NewReader("x"))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusNotFound {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

// startUnit starts this program as a unit.
func startUnit(t *testing.T) (*systemd.Manager, string) {
	t.Helper()
	reserved, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := reserved.Addr().String()
	dir := t.TempDir()
	config := filepath.Join(dir, "chef-server.rb")
	packaged, readErr := os.ReadFile("../../packaging/systemd/tournant.service")
	if err := errors.Join(readErr, reserved.Close(), os.WriteFile(config, nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	unit := "[Service]\nEnvironment=TOURNANT_TEST_RUN_MAIN=1\nExecStart=" +
		fmt.Sprintf("%s serve --config %s --data %s --listen %s --tls off\n", os.Args[0], config, filepath.Join(dir, "data"), address)
	for line := range strings.Lines(string(packaged)) {
		switch name, _, _ := strings.Cut(line, "="); name {
		case "Type", "NotifyAccess", "FileDescriptorStoreMax", "KillMode", "Restart":
			unit += line
		}
	}
	m := systemdtest.Start(t, map[string]string{"server.service": unit})
	if err := m.Start(t.Context(), "server.service"); err != nil {
		t.Fatal(err)
	}
	return m, "http://" + address
}
