package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tournant/lab/cgroup"
)

// Config says what a machine is made of.
type Config struct {
	Name string
	// Dir is where the machine's directories are.
	Dir string
	// Dev and Sys are where volumes appear, as lab/volume has them. "" is below
	// Dir.
	Dev, Sys string
	// Inside runs a function on a thread that is in the machine's network.
	Inside func(func() error) error
	// Keep are files and directories of the host that it shows inside, by where
	// they are there.
	Keep  map[string]string
	Units []Unit
}

// A Machine is off until Boot.
type Machine struct {
	Client // of the init that runs

	spec   Spec
	inside func(func() error) error
	init   *exec.Cmd
	off    chan struct{} // closed when the init has ended
}

// New makes a machine's directories.
func New(c Config) (*Machine, error) {
	groups, err := cgroup.Root()
	if err != nil {
		return nil, err
	}
	at := func(name string) string { return filepath.Join(c.Dir, name) }
	m := &Machine{inside: c.Inside, spec: Spec{
		Name: c.Name, Root: at("root"), Run: at("run"), Dev: c.Dev, Sys: c.Sys,
		Cgroup: string(groups.Of(c.Dir).Child("machine")),
		Keep:   map[string]string{logsInside: at("logs")}, Units: c.Units,
	}}
	if m.spec.Dev == "" {
		m.spec.Dev, m.spec.Sys = at("dev"), at("sys")
	}
	for inside, outside := range c.Keep {
		m.spec.Keep[inside] = outside
	}
	m.Client = Client{Socket: filepath.Join(m.spec.Run, filepath.Base(socketInside))}
	for _, dir := range []string{m.spec.Root, m.spec.Run, at("logs"), filepath.Join(m.spec.Dev, "shm"), filepath.Join(m.spec.Sys, "block")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	return m, makeNodes(m.spec.Dev)
}

// makeNodes makes the devices that programs expect anywhere.
func makeNodes(dev string) error {
	for name, minor := range map[string]uint32{"null": 3, "zero": 5, "full": 7, "random": 8, "urandom": 9} {
		err := unix.Mknod(filepath.Join(dev, name), unix.S_IFCHR|0o666, int(unix.Mkdev(1, minor)))
		if err != nil && !errors.Is(err, unix.EEXIST) {
			return fmt.Errorf("machine: make %s: %w", name, err)
		}
		if err := os.Chmod(filepath.Join(dev, name), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// Logs is the directory with the output of each unit.
func (m *Machine) Logs() string { return m.spec.Keep[logsInside] }

// Boot switches it on, and returns when its init answers. Units that start at
// boot have been begun then.
func (m *Machine) Boot(ctx context.Context) error {
	if m.init != nil {
		return fmt.Errorf("machine: %s is on", m.spec.Name)
	}
	if err := emptied(m.spec.Run); err != nil {
		return err
	}
	group := cgroup.Group(m.spec.Cgroup)
	if err := errors.Join(group.Remove(), group.Make()); err != nil {
		return err
	}
	if err := m.start(filepath.Join(filepath.Dir(m.spec.Root), "spec.json")); err != nil {
		return fmt.Errorf("machine: boot %s: %w", m.spec.Name, err)
	}
	return m.awaitInit(ctx)
}

func (m *Machine) start(specFile string) error {
	text, err := json.Marshal(m.spec)
	if err != nil {
		return err
	}
	if err := os.WriteFile(specFile, text, 0o600); err != nil {
		return err
	}
	log, err := os.OpenFile(filepath.Join(m.Logs(), "init.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	// The init has a cgroup beside those of the units, below the machine's.
	initGroup := cgroup.Group(filepath.Join(m.spec.Cgroup, "init"))
	if err := initGroup.Make(); err != nil {
		return err
	}
	group, err := os.Open(string(initGroup))
	if err != nil {
		return err
	}
	defer group.Close()
	c := exec.Command("/proc/self/exe") //nolint:noctx // it lasts until the power is off
	c.Args = []string{"init"}
	c.Env = append(os.Environ(), specVariable+"="+specFile)
	c.Stdout, c.Stderr = log, log
	c.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC,
		UseCgroupFD: true, CgroupFD: int(group.Fd()),
		// All of a machine ends with its init, and its init with us.
		Pdeathsig: unix.SIGKILL,
	}
	if err := m.startInside(c); err != nil {
		return err
	}
	m.init = c
	return nil
}

// startInside starts the init on a thread that lasts as long as it does: a
// process whose parent's thread ends is told that its parent has.
func (m *Machine) startInside(c *exec.Cmd) error {
	started := make(chan error, 1)
	off := make(chan struct{})
	m.off = off
	go func() {
		err := m.inside(func() error {
			err := c.Start()
			started <- err
			if err == nil {
				<-off
			}
			return nil
		})
		if err != nil {
			started <- err
		}
	}()
	return <-started
}

// awaitInit waits until the init answers; it fails when the init ends before.
func (m *Machine) awaitInit(ctx context.Context) error {
	const often = 5 * time.Millisecond
	for {
		_, err := m.Status(ctx, "")
		if err == nil {
			return nil
		}
		if on, onErr := m.running(); onErr == nil && !on {
			text, _ := os.ReadFile(filepath.Join(m.Logs(), "init.log")) // to be told of; without it there is err
			return fmt.Errorf("machine: boot %s: %w: %s", m.spec.Name, err, text)
		}
		select {
		case <-time.After(often):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}

func (m *Machine) running() (bool, error) {
	var info unix.Siginfo
	err := unix.Waitid(unix.P_PID, m.init.Process.Pid, &info, unix.WEXITED|unix.WNOHANG|unix.WNOWAIT, nil)
	return err == nil && info.Signo == 0, err
}

// PowerOff ends every process at once; mounts go with them. It is the end of a
// power cut: what the kernel then writes is only stopped by an I/O that was cut
// before.
func (m *Machine) PowerOff(ctx context.Context) error {
	if m.init == nil {
		return nil
	}
	if err := cgroup.Group(m.spec.Cgroup).Kill(); err != nil {
		return fmt.Errorf("machine: power off %s: %w", m.spec.Name, err)
	}
	// A process that waits for a disk dies only after it. The init ends after all
	// others, so that waiting for it alone would not hear of ctx.
	if err := cgroup.Group(m.spec.Cgroup).Await(ctx, "populated", false); err != nil {
		return err
	}
	_ = m.init.Wait() // killed, it says so
	m.init = nil
	close(m.off)
	return nil
}

// Freeze stops every process of the machine where it is. The kernel goes on for
// them: it answers pings and takes connections.
func (m *Machine) Freeze(ctx context.Context) error {
	return cgroup.Group(m.spec.Cgroup).Freeze(ctx, true)
}

// Thaw lets them go on.
func (m *Machine) Thaw(ctx context.Context) error {
	return cgroup.Group(m.spec.Cgroup).Freeze(ctx, false)
}

// ErrOff is returned for a machine that has no power.
var ErrOff = errors.New("the machine is off")

// On is whether it has power.
func (m *Machine) On() bool { return m.init != nil }

// Init is the number, on the host, of the machine's first process.
func (m *Machine) Init() (int, error) {
	if m.init == nil {
		return 0, fmt.Errorf("machine: %s: %w", m.spec.Name, ErrOff)
	}
	return m.init.Process.Pid, nil
}

// Path is where a file of the machine is seen from the host while it runs.
func (m *Machine) Path(inside string) (string, error) {
	init, err := m.Init()
	if err != nil {
		return "", err
	}
	return filepath.Join("/proc", strconv.Itoa(init), "root", inside), nil
}

// Command is a command to run inside, as root.
func (m *Machine) Command(ctx context.Context, name string, args ...string) (*exec.Cmd, error) {
	init, err := m.Init()
	if err != nil {
		return nil, err
	}
	all := []string{"--target", strconv.Itoa(init), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd", "--", name}
	return exec.CommandContext(ctx, "nsenter", append(all, args...)...), nil
}

// Processes are the numbers, on the host, of a unit's processes.
func (m *Machine) Processes(unit string) ([]int, error) {
	return cgroup.Group(filepath.Join(m.spec.Cgroup, unit)).Processes()
}

// closeWithin is more than killed processes need, unless their disk hangs.
const closeWithin = time.Minute

// Close switches it off and removes its cgroups.
func (m *Machine) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeWithin)
	defer cancel()
	return errors.Join(m.PowerOff(ctx), cgroup.Group(m.spec.Cgroup).Remove(), os.Remove(filepath.Dir(m.spec.Cgroup)))
}

// emptied removes all that is in a directory.
func emptied(dir string) error {
	entries, err := os.ReadDir(dir)
	errs := []error{err}
	for _, e := range entries {
		errs = append(errs, os.RemoveAll(filepath.Join(dir, e.Name())))
	}
	return errors.Join(errs...)
}
