package datadir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/datadir"
)

func TestLockHasOneHolder(t *testing.T) {
	dir := t.TempDir()
	first, err := datadir.TakeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := datadir.TakeLock(dir); !errors.Is(err, datadir.ErrInUse) {
		t.Fatalf("second lock: %v, want %v", err, datadir.ErrInUse)
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	again, err := datadir.TakeLock(dir)
	if err != nil {
		t.Fatalf("lock after release: %v", err)
	}
	if err := again.Release(); err != nil {
		t.Fatal(err)
	}
}

func TestServerIsAnnouncedAndWithdrawn(t *testing.T) {
	dir := t.TempDir()
	lock, err := datadir.TakeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	want := datadir.Server{
		PID: 7, Address: "127.0.0.1:8443", Scheme: "https", Certificate: "/x/server.crt",
		StartedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	}
	if err := lock.Announce(want); err != nil {
		t.Fatal(err)
	}
	got, err := datadir.ReadServer(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, *got); diff != "" {
		t.Error(diff)
	}
	info, err := os.Stat(filepath.Join(dir, "server.json"))
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, error %v, want 0600", info.Mode(), err)
	}
	for range 2 { // withdrawing twice is no error
		if err := lock.Withdraw(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := datadir.ReadServer(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("after withdrawal: %v", err)
	}
}

func TestURLIsReachableFromTheHost(t *testing.T) {
	for address, want := range map[string]string{
		"127.0.0.1:8443":   "https://127.0.0.1:8443",
		"0.0.0.0:443":      "https://127.0.0.1:443",
		"[::]:443":         "https://[::1]:443",
		":443":             "https://127.0.0.1:443",
		"10.0.0.9:443":     "https://10.0.0.9:443",
		"chef.example:443": "https://chef.example:443",
	} {
		s := datadir.Server{Address: address, Scheme: "https"}
		if got := s.URL(); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
