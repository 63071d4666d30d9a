package systemd

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Deadman has systemd kill the service of a main process unless Deadman is called
// for it again within a time. It is the service's watchdog, of which systemd hears
// in the process's name (sd_pid_notify(3), which root may), so that the service need not know,
// and nobody has to be alive but systemd. It needs to be a service of systemd
// itself that has a socket for notifications.
func Deadman(pid int, within time.Duration) error {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		return errors.New("systemd gave this process no socket for notifications")
	}
	socket, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("notify systemd: %w", err)
	}
	defer func() { _ = unix.Close(socket) }()
	as := unix.UnixCredentials(&unix.Ucred{Pid: int32(pid), Uid: uint32(os.Getuid()), Gid: uint32(os.Getgid())})
	text := fmt.Sprintf("WATCHDOG_USEC=%d\nWATCHDOG=1\n", within.Microseconds())
	// A systemd that reads nothing is not waited for.
	if err := unix.Sendmsg(socket, []byte(text), as, &unix.SockaddrUnix{Name: name}, unix.MSG_DONTWAIT); err != nil {
		return fmt.Errorf("notify systemd of process %d: %w", pid, err)
	}
	return nil
}
