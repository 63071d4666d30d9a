package fdstore_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tournant/internal/fdstore"
)

// In a process with childOf, the test binary is a server of one connection at
// that address, as the next process of a unit.
const childOf = "TOURNANT_TEST_FDSTORE"

func TestMain(m *testing.M) {
	if address := os.Getenv(childOf); address != "" {
		if err := answerOnce(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func answerOnce(address string) error {
	s := fdstore.Inherited(slog.Default())
	l, err := s.Listen(context.Background(), address)
	if err != nil {
		return err
	}
	s.Drop()
	conn, err := l.Accept()
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = io.WriteString(conn, "the next")
	return err
}

// store is the part of systemd that keeps descriptors.
type store struct {
	t    *testing.T
	conn *net.UnixConn
}

func newStore(t *testing.T) *store {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	t.Setenv("NOTIFY_SOCKET", socket)
	return &store{t, conn}
}

// next is the next message, with the file that came with it.
func (s *store) next() (string, *os.File) {
	s.t.Helper()
	if err := s.conn.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	message, rights := make([]byte, 1024), make([]byte, unix.CmsgSpace(4))
	n, nr, _, _, err := s.conn.ReadMsgUnix(message, rights)
	if err != nil {
		s.t.Fatal(err)
	}
	if nr == 0 {
		return string(message[:n]), nil
	}
	cmsgs, err := unix.ParseSocketControlMessage(rights[:nr])
	if err != nil {
		s.t.Fatal(err)
	}
	fds, err := unix.ParseUnixRights(&cmsgs[0])
	if err != nil || len(fds) != 1 {
		s.t.Fatalf("%d descriptors, %v", len(fds), err)
	}
	return string(message[:n]), os.NewFile(uintptr(fds[0]), "kept")
}

// A connection that comes while no process listens waits for the next one. What
// that one does not listen at is given up.
func TestConnectionsWait(t *testing.T) {
	systemd := newStore(t)
	reserved, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := reserved.Addr().String()
	if err := reserved.Close(); err != nil {
		t.Fatal(err)
	}
	first := fdstore.Inherited(slog.Default())
	l, err := first.Listen(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	message, kept := systemd.next()
	names := strings.TrimPrefix(message, "FDSTORE=1\nFDNAME=")
	if kept == nil || names == message || strings.Contains(names, ":") {
		t.Fatalf("systemd is told %q, with the file %v", message, kept)
	}
	defer kept.Close()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	between, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatalf("between two processes: %v", err)
	}
	defer between.Close()

	next := exec.Command("sh", "-c", `LISTEN_PID=$$ exec "$0"`, os.Args[0])
	next.Env = append(os.Environ(), childOf+"="+address, "LISTEN_FDS=2", "LISTEN_FDNAMES="+names+":tcp another_80")
	next.ExtraFiles = []*os.File{kept, os.Stdin}
	next.Stderr = os.Stderr
	if err := next.Start(); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(between)
	if err != nil || string(answer) != "the next" {
		t.Errorf("answer %q, %v", answer, err)
	}
	if err := next.Wait(); err != nil {
		t.Errorf("the next process: %v", err)
	}
	if message, file := systemd.next(); message != "FDSTOREREMOVE=1\nFDNAME=tcp another_80" || file != nil {
		t.Errorf("systemd is told %q of what is not listened at any more", message)
	}
}

// A systemd that does not listen is no reason not to serve.
func TestDeafSystemd(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "absent"))
	var log bytes.Buffer
	l, err := fdstore.Inherited(slog.New(slog.NewTextHandler(&log, nil))).Listen(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "connections will be refused") {
		t.Errorf("the log says %q", log.String())
	}
}

// Where systemd does not run, or did not start this process, it listens.
func TestWithoutSystemd(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	for _, s := range []*fdstore.Store{{}, fdstore.Inherited(slog.Default())} {
		l, err := s.Listen(t.Context(), "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		s.Drop()
	}
	if _, err := new(fdstore.Store).Listen(t.Context(), "999.0.0.1:0"); err == nil {
		t.Error("listened at no address")
	}
}
