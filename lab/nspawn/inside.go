package nspawn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tournant/lab/cgroup"
)

// ErrOff is returned for a machine that has no power, or has only just got it.
var ErrOff = errors.New("the machine is off")

// Init is the number, on the host, of the machine's first process. It is another
// after each boot, also after one that the machine did by itself.
func (m *Machine) Init() (int, error) {
	if !m.On() {
		return 0, fmt.Errorf("nspawn: %s: %w", m.config.Name, ErrOff)
	}
	// It is asked for many times a second, and looking through all processes of a host with
	// several labs takes a tenth of one.
	if pid := int(m.init.Load()); m.isInit(pid) {
		return pid, nil
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && m.isInit(pid) {
			m.init.Store(int64(pid))
			return pid, nil
		}
	}
	return 0, fmt.Errorf("nspawn: %s: %w", m.config.Name, ErrOff)
}

// isInit is whether a process of this host is the machine's first.
func (m *Machine) isInit(pid int) bool {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	return err == nil && isInit(string(text), m.nspawn.Process.Pid)
}

// isInit says whether a status is of the first process of a namespace, and
// nspawn's child.
func isInit(status string, nspawn int) bool {
	parent, numbers := "", []string{}
	for line := range strings.Lines(status) {
		switch name, value, _ := strings.Cut(line, ":"); name {
		case "PPid":
			parent = strings.TrimSpace(value)
		case "NSpid":
			numbers = strings.Fields(value)
		}
	}
	return parent == strconv.Itoa(nspawn) && len(numbers) == 2 && numbers[1] == "1"
}

// Path is where a file of the machine is seen from the host while it runs, with
// what is mounted there.
func (m *Machine) Path(inside string) (string, error) {
	init, err := m.Init()
	if err != nil {
		return "", err
	}
	return filepath.Join("/proc", strconv.Itoa(init), "root", inside), nil
}

// shell is the group of commands that are run from outside: in the machine's, so
// that they are frozen and end with it, and keep nothing mounted.
const shell = "shell"

// waitDelay is how long a command's pipes are waited for once it has ended:
// something that it started may have them.
const waitDelay = time.Second

// Command is a command to run inside, as root. Its error is ErrOff.
func (m *Machine) Command(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	d, err := m.Door()
	if err != nil {
		return nil, err
	}
	all := d.Arguments(name, args...)
	c := exec.CommandContext(ctx, all[0], all[1:]...)
	c.WaitDelay = waitDelay
	return c, nil
}

// A Door is a way into a machine from this host, also for a process that has not
// made it.
type Door struct {
	Init  int          `json:"init"`
	Group cgroup.Group `json:"group"`
}

// Door is the machine's until its next boot. Its error is ErrOff.
func (m *Machine) Door() (Door, error) {
	init, err := m.Init()
	if err != nil {
		return Door{}, err
	}
	d := Door{init, m.group.Child(shell)}
	return d, d.Group.Make()
}

// Arguments are of a command on this host that is one inside, as root.
func (d Door) Arguments(name string, args ...string) []string {
	return append([]string{
		"/bin/sh", "-c", join, "join", string(d.Group), "--",
		"nsenter", "--target", strconv.Itoa(d.Init), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wdns=/root", "--",
		"env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "USER=root", "LANG=C.UTF-8",
		"DEBIAN_FRONTEND=noninteractive", "TERM=" + terminal(), name,
	}, args...)
}

func terminal() string {
	if t := os.Getenv("TERM"); t != "" {
		return t
	}
	return "dumb"
}

// Output runs a command inside and returns what it wrote. The error has what it
// complained of.
func (m *Machine) Output(ctx context.Context, name string, args ...string) (string, error) {
	c, err := m.Command(ctx, name, args...)
	if err != nil {
		return "", err
	}
	out, err := c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		err = fmt.Errorf("nspawn: %s: %s %s: %w", m.config.Name, name, strings.Join(args, " "), err)
	}
	return strings.TrimSpace(string(out)), err
}

// systemState is what systemd says of itself.
func (m *Machine) systemState(ctx context.Context) (string, error) {
	c, err := m.Command(ctx, "systemctl", "is-system-running")
	if err != nil {
		return "", err
	}
	out, err := c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(out) > 0 {
		err = nil // any state but running is an error of the command
	}
	return strings.TrimSpace(string(out)), err
}

// Processes are the numbers, on the host, of a service's processes, the first
// started first.
func (m *Machine) Processes(service string) ([]int, error) {
	return m.services().Child(service + ".service").Processes()
}

func (m *Machine) services() cgroup.Group { return m.group.Child("payload").Child("system.slice") }

// Signal sends a signal to a service's main process.
func (m *Machine) Signal(_ context.Context, service string, signal syscall.Signal) error {
	pids, err := m.Processes(service)
	if err != nil {
		return err
	}
	if len(pids) == 0 {
		return fmt.Errorf("nspawn: %s does not run on %s", service, m.config.Name)
	}
	// The one that the others come from was there first.
	return unix.Kill(pids[0], signal)
}

// Stop stops a unit and returns when it is.
func (m *Machine) Stop(ctx context.Context, unit string) error {
	_, err := m.Output(ctx, "systemctl", "stop", unit)
	return err
}

// Log is what a service wrote so far, as the journal on the machine's disk has it.
func (m *Machine) Log(service string) (io.ReadCloser, error) {
	c := exec.Command("journalctl", "--quiet", "--output=cat", "--directory="+filepath.Join(m.Root(), "var/log/journal"), "--unit="+service) //nolint:noctx // it reads what is there
	out, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("nspawn: the journal of %s: %w", m.config.Name, err)
	}
	return io.NopCloser(bytes.NewReader(out)), nil
}
