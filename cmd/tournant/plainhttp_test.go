package main

import (
	"context"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"
)

// Whoever forgets the s of https is told so, not reset.
func TestPlainHTTPOnTheTLSPort(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	s, err := openServer(ctx, serveOptions{
		data: t.TempDir(), listen: "127.0.0.1:0", tls: "self-signed", maxBody: defaultMaxBody, now: time.Now,
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	for range 10 {
		askPlainly(t, s.Addr())
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run: %v", err)
	}
}

// askPlainly sends more than the server reads before it sees that it is not TLS.
func askPlainly(t *testing.T, addr string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, _ = io.WriteString(conn, "GET /_status HTTP/1.1\r\nHost: chef\r\nX-Long: "+strings.Repeat("x", 4000)+"\r\n\r\n")
	answer, err := io.ReadAll(conn)
	if err != nil || !strings.Contains(string(answer), " 400 ") {
		t.Errorf("answered %q, %v; want a 400", answer, err)
	}
}
