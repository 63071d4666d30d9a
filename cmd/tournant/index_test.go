package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tournant/internal/datadir"
)

// messages is a log handler that passes on what is said.
type messages chan string

func (m messages) Handle(_ context.Context, r slog.Record) error {
	select {
	case m <- r.Message:
	default: // nobody listens so far behind
	}
	return nil
}

func (messages) Enabled(context.Context, slog.Level) bool { return true }
func (m messages) WithAttrs([]slog.Attr) slog.Handler     { return m }
func (m messages) WithGroup(string) slog.Handler          { return m }

// A search index that is gone is built on the start of a server, not while the
// first search waits.
func TestMissingIndexIsBuiltOnStart(t *testing.T) {
	data := t.TempDir()
	stop := startServer(t, place{data: data}, "off")
	if code, _, stderr := runCtl(t, place{data: data}, "org-create acme Acme -q", ""); code != 0 {
		t.Fatalf("org-create: %s", stderr)
	}
	stop()
	if err := os.RemoveAll(filepath.Join(data, datadir.SearchIndex)); err != nil {
		t.Fatalf("remove the index: %v", err)
	}
	said := make(messages, 1000)
	o := serveOptions{data: data, listen: "127.0.0.1:0", tls: "off", maxBody: defaultMaxBody, now: time.Now}
	s, err := openServer(t.Context(), o, slog.New(said))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}()
	for patience := time.After(20 * time.Second); ; {
		select {
		case message := <-said:
			if message == "search: the index is built" {
				return
			}
		case <-patience:
			t.Fatal("nobody asked, and the index was not built")
		}
	}
}
