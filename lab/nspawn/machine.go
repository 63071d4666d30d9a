package nspawn

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tournant/lab/cgroup"
)

// Config says what a machine is made of.
type Config struct {
	// Name tells it from all machines of this host.
	Name string
	// Hostname is what it calls itself.
	Hostname string
	// Dir is for what it keeps: its changes and its console.
	Dir string
	// Layers are what its changes are over, uppermost first.
	Layers []string
	// Network is the file of its network namespace.
	Network string
	// Dev and Sys are where volumes appear, as lab/volume has them. "" is none.
	Dev, Sys string
}

// A Machine is off until Boot. Its disk is there until Close.
type Machine struct {
	config Config
	group  cgroup.Group
	// named is the group in systemd's own hierarchy, or "".
	named cgroup.Group

	nspawn *exec.Cmd
	off    chan struct{} // closed when nspawn has ended
	// init is the last that was found: see Init.
	init atomic.Int64
}

// New makes a machine's disk.
func New(c Config) (*Machine, error) {
	m := &Machine{config: c}
	var err error
	if m.group, m.named, err = groupsOf(c.Dir); err != nil {
		return nil, err
	}
	for _, dir := range []string{m.Root(), m.Changes(), m.at("work")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	if c.Dev != "" {
		if err := makeDev(c.Dev, c.Sys); err != nil {
			return nil, err
		}
	}
	return m, m.mountRoot()
}

func (m *Machine) at(name string) string { return filepath.Join(m.config.Dir, name) }

// Root is its disk as it is, also while it is off.
func (m *Machine) Root() string { return m.at("root") }

// Changes are the disk's beyond its layers.
func (m *Machine) Changes() string { return m.at("changes") }

// Console is the file of what it said while it booted.
func (m *Machine) Console() string { return m.at("console.log") }

// Boot switches it on and returns when systemd has started what is enabled, or
// has given up on some of it.
func (m *Machine) Boot(ctx context.Context) error {
	if m.On() {
		return fmt.Errorf("nspawn: %s is on", m.config.Name)
	}
	if err := m.makeGroups(); err != nil {
		return err
	}
	if err := m.start(); err != nil {
		return fmt.Errorf("nspawn: boot %s: %w", m.config.Name, err)
	}
	return m.awaitSystem(ctx)
}

// join puts the shell into the groups that are its first arguments, and becomes
// what is after them.
const join = `while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs" || exit; shift; done; shift; exec "$@"`

func (m *Machine) start() error {
	console, err := os.OpenFile(m.Console(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer console.Close()
	args := []string{"-c", join, "join", string(m.group)}
	if m.named != "" {
		args = append(args, string(m.named))
	}
	c := exec.Command("/bin/sh", append(append(args, "--", "systemd-nspawn"), m.arguments()...)...) //nolint:noctx // it lasts until the power is off
	c.Stdout, c.Stderr = console, console
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return err
	}
	off := make(chan struct{})
	m.nspawn, m.off = c, off
	go func() {
		_ = c.Wait() // how it ended, who ended it knows
		close(off)
	}()
	return nil
}

// arguments are nspawn's. The interface is the namespace's, and so outlives the
// machine as an EC2 instance's does. Addresses and firewalls are the machine's to
// change.
func (m *Machine) arguments() []string {
	args := []string{
		"--quiet", "--console=pipe", "--boot", "--register=no", "--keep-unit", "--directory=" + m.Root(),
		"--machine=" + m.config.Name, "--hostname=" + m.config.Hostname,
		"--network-namespace-path=" + m.config.Network, "--capability=CAP_NET_ADMIN,CAP_NET_RAW,CAP_IPC_LOCK",
		"--resolv-conf=off", "--timezone=off", "--link-journal=no",
	}
	if m.config.Dev != "" {
		args = append(args, "--bind="+m.config.Dev+":/dev", "--bind-ro="+filepath.Join(m.config.Sys, "block")+":/sys/block")
	}
	return args
}

// On is whether it has power.
func (m *Machine) On() bool {
	if m.off == nil {
		return false
	}
	select {
	case <-m.off:
		return false
	default:
		return true
	}
}

// awaitSystem waits until systemd has nothing left to start.
func (m *Machine) awaitSystem(ctx context.Context) error {
	const often = 20 * time.Millisecond
	for {
		state, err := m.systemState(ctx)
		if err == nil && (state == "running" || state == "degraded") {
			return nil
		}
		select {
		case <-m.off:
			text, _ := os.ReadFile(m.Console()) // to be told of; without it there is err
			return fmt.Errorf("nspawn: boot %s: it went off: %s", m.config.Name, tail(text))
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("nspawn: boot %s: it is %q", m.config.Name, state), err, ctx.Err())
		case <-time.After(often):
		}
	}
}

func tail(text []byte) []byte { return text[max(0, len(text)-2000):] }

// PowerOff ends every process at once; mounts go with them. It is the end of a
// power cut: what the kernel then writes is only stopped by an I/O that was cut
// before.
func (m *Machine) PowerOff(ctx context.Context) error {
	if !m.On() {
		return nil
	}
	if err := m.group.Kill(); err != nil {
		return fmt.Errorf("nspawn: power off %s: %w", m.config.Name, err)
	}
	return m.awaitOff(ctx)
}

// Shutdown has systemd stop everything in order, and returns when it has.
func (m *Machine) Shutdown(ctx context.Context) error {
	if !m.On() {
		return nil
	}
	if err := m.nspawn.Process.Signal(unix.SIGTERM); err != nil {
		return fmt.Errorf("nspawn: shut down %s: %w", m.config.Name, err)
	}
	return m.awaitOff(ctx)
}

func (m *Machine) awaitOff(ctx context.Context) error {
	select {
	case <-m.off:
	case <-ctx.Done():
		return fmt.Errorf("nspawn: %s is not off: %w", m.config.Name, ctx.Err())
	}
	return m.group.Await(ctx, "populated", false)
}

// Freeze stops every process of the machine where it is. The kernel goes on for
// them: it answers pings and takes connections.
func (m *Machine) Freeze(ctx context.Context) error { return m.group.Freeze(ctx, true) }

// Thaw lets them go on.
func (m *Machine) Thaw(ctx context.Context) error { return m.group.Freeze(ctx, false) }

// Close switches it off and leaves its changes and its console.
func (m *Machine) Close(ctx context.Context) error {
	if err := m.PowerOff(ctx); err != nil {
		return err
	}
	forget(m.Root())
	_ = os.Remove("/run/systemd/nspawn/propagate/" + m.config.Name) // nspawn's, which nothing is in
	return errors.Join(m.removeGroups(), unmount(m.Root()), os.RemoveAll(m.at("work")), os.RemoveAll(m.Root()))
}
