package postgres_test

import (
	"errors"
	"net/netip"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"tournant/internal/postgres"
)

// A server can listen on an address that its host does not have yet, in a
// network of the test's own.
func TestBindAbsent(t *testing.T) {
	failed := make(chan error)
	go func() {
		// The thread is in another network from here on: it ends with this goroutine.
		runtime.LockOSThread()
		failed <- bindAbsent()
	}()
	if err := <-failed; err != nil {
		t.Error(err)
	}
	if err := postgres.BindAbsent(t.TempDir(), loopback); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such setting: %v", err)
	}
}

func bindAbsent() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	// Before it has any route, a network lets everything be bound.
	if err := loopbackUp(); err != nil {
		return err
	}
	if err := bindTo(&unix.SockaddrInet4{Addr: [4]byte{172, 31, 24, 180}}, unix.AF_INET); !errors.Is(err, unix.EADDRNOTAVAIL) {
		return errors.Join(errors.New("before it was let"), err)
	}
	for _, address := range []string{"172.31.24.180", "2001:db8::1"} {
		if err := postgres.BindAbsent("/proc", netip.MustParseAddr(address)); err != nil {
			return err
		}
	}
	v6 := unix.SockaddrInet6{Addr: netip.MustParseAddr("2001:db8::1").As16()}
	return errors.Join(bindTo(&unix.SockaddrInet4{Addr: [4]byte{172, 31, 24, 180}}, unix.AF_INET), bindTo(&v6, unix.AF_INET6))
}

func loopbackUp() error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	return errors.Join(unix.IoctlIfreq(s, unix.SIOCSIFFLAGS, request), unix.Close(s))
}

func bindTo(address unix.Sockaddr, family int) error {
	s, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return errors.Join(unix.Bind(s, address), unix.Close(s))
}
