package machine

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// listenNotify opens the socket that a unit says its state to: sd_notify(3).
func listenNotify(name string) (*net.UnixConn, error) {
	path := filepath.Join(notifyInside, name)
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	return c, os.Chmod(path, 0o666)
}

// listen takes note of what a unit says, for as long as the machine lives.
func (s *supervisor) listen(u *unit) {
	message := make([]byte, 4096)
	for {
		n, err := u.socket.Read(message)
		if err != nil {
			return
		}
		lines := strings.Split(string(message[:n]), "\n")
		s.mu.Lock()
		if slices.Contains(lines, "READY=1") && u.state == Activating {
			s.set(u, Active)
			s.watch(u)
		}
		if slices.Contains(lines, "WATCHDOG=1") && u.watchdog != nil {
			u.watchdog.Reset(u.Watchdog)
		}
		s.mu.Unlock()
	}
}

// watch begins the watchdog of a unit that is ready.
func (s *supervisor) watch(u *unit) {
	if u.Watchdog <= 0 {
		return
	}
	launched := u.launched
	abort := func(signals ...unix.Signal) {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, signal := range signals {
			if u.pid != 0 && u.launched == launched {
				_ = unix.Kill(u.pid, signal) // it may be ending
			}
		}
	}
	u.watchdog = time.AfterFunc(u.Watchdog, func() {
		// A stopped process dies of SIGABRT once it goes on.
		abort(unix.SIGABRT, unix.SIGCONT)
		time.AfterFunc(abortWithin, func() { abort(unix.SIGKILL) })
	})
}
