package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// A client that is answered before its body was read must not hold its
// connection by never sending the body: it needs no signature for that.
func TestClientThatOwesItsBodyIsCutOff(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s, err := openServer(ctx, serveOptions{
		data: t.TempDir(), listen: "127.0.0.1:0", tls: "off", maxBody: defaultMaxBody, now: time.Now,
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	if s.http.ReadTimeout <= 0 || s.http.WriteTimeout <= 0 {
		t.Errorf("timeouts are %s to read and %s to write, want some", s.http.ReadTimeout, s.http.WriteTimeout)
	}
	s.http.ReadTimeout = 100 * time.Millisecond
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for _, path := range []string{"/nowhere", "/organizations/acme/nodes"} {
		owe(t, s.Addr(), path)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}

// owe announces a body and waits for the server to end the connection.
func owe(t *testing.T, addr, path string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: chef\r\nContent-Length: 100\r\n\r\n")
	answer, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s: the connection is held", path)
	}
	if !strings.HasPrefix(string(answer), "HTTP/1.1 4") {
		t.Errorf("%s: answered %q", path, answer)
	}
}
