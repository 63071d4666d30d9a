package fdstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"

	"github.com/coreos/go-systemd/v22/activation"
	"golang.org/x/sys/unix"
)

// Store is what systemd kept of the process before. The zero value is that of a
// process that systemd did not start.
type Store struct {
	notify string              // the socket that systemd listens to; "": none
	kept   map[string]*os.File // by name, until they are taken
	log    *slog.Logger
}

// Inherited takes over what systemd kept. The first call of a process gets it
// all, so that no child does.
// What systemd cannot be told is logged: it costs connections at a restart, and
// no more.
func Inherited(log *slog.Logger) *Store {
	s := &Store{notify: os.Getenv("NOTIFY_SOCKET"), kept: map[string]*os.File{}, log: log}
	for _, f := range activation.Files(true) {
		if old := s.kept[f.Name()]; old != nil {
			_ = old.Close()
		}
		s.kept[f.Name()] = f
	}
	return s
}

// name is an address as systemd takes it for a name: it has no colons.
func name(address string) string { return "tcp " + strings.ReplaceAll(address, ":", "_") }

// Listen listens at a TCP address: with the socket of the process before, if
// there is one of that very address, in which connections may wait already; else
// with one that systemd keeps for the next process.
func (s *Store) Listen(ctx context.Context, address string) (net.Listener, error) {
	if f := s.kept[name(address)]; f != nil {
		delete(s.kept, name(address))
		l, err := net.FileListener(f) // a copy
		if err = errors.Join(err, f.Close()); err == nil {
			return l, nil
		}
		// It is no listening socket: somebody else's descriptor of that name.
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if err := s.keep(address, l); err != nil {
		s.log.Warn("connections will be refused while this server restarts", "address", address, "error", err)
	}
	return l, nil
}

// keep has systemd keep a copy of the socket. A unit without
// FileDescriptorStoreMax= keeps none, and says nothing of it.
func (s *Store) keep(address string, l net.Listener) error {
	tcp, ok := l.(*net.TCPListener)
	if s.notify == "" || !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Control(func(fd uintptr) {
		sent = s.tell("FDSTORE=1\nFDNAME="+name(address), int(fd))
	})
	return errors.Join(err, sent)
}

// Drop gives up what the process before listened at and this one does not.
func (s *Store) Drop() {
	for name, f := range s.kept {
		err := f.Close()
		if s.notify != "" {
			err = errors.Join(err, s.tell("FDSTOREREMOVE=1\nFDNAME="+name))
		}
		if err != nil {
			s.log.Warn("connections are taken where nothing listens any more", "socket", name, "error", err)
		}
		delete(s.kept, name)
	}
}

func (s *Store) tell(message string, fds ...int) error {
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("reach systemd: %w", err)
	}
	defer func() { _ = unix.Close(socket) }()
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	if err := unix.Sendmsg(socket, []byte(message), rights, &unix.SockaddrUnix{Name: s.notify}, unix.MSG_NOSIGNAL); err != nil {
		return fmt.Errorf("tell systemd: %w", err)
	}
	return nil
}
