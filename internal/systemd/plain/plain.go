// Package plain runs units as plain processes where there is no systemd: in
// network namespaces, which the tests of a whole cluster are made of. Like
// systemd it knows a unit's processes by their control group, so that none
// gets away, and ends them when the process that started them ends.
package plain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tournant/internal/cgroup"
	"tournant/internal/systemd"
)

// Unit is how a program is run.
type Unit struct {
	Command    []string
	Credential *syscall.Credential // nil: ours
	Env        []string
	Output     *os.File       // what it writes; nil: nowhere
	Stop       syscall.Signal // asks its main process to end
	// Ready returns nil once the program does its work; nil: once it runs.
	Ready func(ctx context.Context) error
}

// Units are those of one host.
type Units struct {
	dir   string // of control groups
	units map[string]Unit

	mu   sync.Mutex
	main map[string]*main
}

// New takes a directory in a mounted cgroup2, which is made, and the units by
// their names.
func New(dir string, units map[string]Unit) (*Units, error) {
	for name := range units {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil { //nolint:gosec // as the kernel has it
			return nil, fmt.Errorf("make the control group of %s: %w", name, err)
		}
	}
	return &Units{dir: dir, units: units, main: map[string]*main{}}, nil
}

// errUnknown: there is no such unit.
var errUnknown = errors.New("there is no such unit")

// Start starts a unit that does not run, once what is left of it before is
// gone, and returns when it is ready. If it ends before, that is an error.
func (u *Units) Start(ctx context.Context, name string) error {
	unit, known := u.units[name]
	if !known {
		return named("start", name, errUnknown)
	}
	// One that runs may be about to end: then it is started after all.
	if m := u.running(name); m != nil {
		if err := m.ready(ctx, unit.Ready); !errors.Is(err, errEnded) {
			return named("start", name, err)
		}
	}
	if err := u.Kill(ctx, name); err != nil {
		return err
	}
	group := filepath.Join(u.dir, name)
	if err := renew(group); err != nil {
		return named("start", name, err)
	}
	m, err := start(unit, group)
	if err != nil {
		return named("start", name, err)
	}
	u.mu.Lock()
	u.main[name] = m
	u.mu.Unlock()
	return named("start", name, m.ready(ctx, unit.Ready))
}

// named says what failed of which unit.
func named(verb, unit string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s %s: %w", verb, unit, err)
}

// renew makes an empty control group anew: kernels of 2025 kill whatever is
// started into one in which everything was killed before.
func renew(group string) error {
	return errors.Join(unix.Rmdir(group), unix.Mkdir(group, 0o755))
}

// Stop asks a unit's main process to end and waits for all of its processes.
// When ctx ends they still run.
func (u *Units) Stop(ctx context.Context, name string) error {
	unit, known := u.units[name]
	if !known {
		return named("stop", name, errUnknown)
	}
	if m := u.running(name); m != nil {
		if err := m.process.Signal(unit.Stop); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return named("stop", name, err)
		}
		select {
		case <-m.ended:
		case <-ctx.Done():
			return named("stop", name, ctx.Err())
		}
	}
	return u.Kill(ctx, name)
}

// Kill ends all of a unit's processes at once and waits for them.
func (u *Units) Kill(ctx context.Context, name string) error {
	group := filepath.Join(u.dir, name)
	if err := os.WriteFile(filepath.Join(group, "cgroup.kill"), []byte("1"), 0); err != nil {
		return named("kill", name, err)
	}
	if err := cgroup.Await(ctx, group, "populated", false); err != nil {
		return named("kill", name, err)
	}
	if m := u.running(name); m != nil {
		<-m.ended
	}
	return nil
}

// State tells of a unit. Failed is one that ended by itself. One of which any
// process is left is active, without a PID if its main process is not ours.
func (u *Units) State(_ context.Context, name string) (systemd.State, error) {
	_, known := u.units[name]
	s := systemd.State{Unit: name, Loaded: known}
	if !known {
		return s, nil
	}
	populated, err := populated(filepath.Join(u.dir, name))
	if err != nil {
		return s, named("look at", name, err)
	}
	s.Active = populated
	u.mu.Lock()
	m := u.main[name]
	u.mu.Unlock()
	if m == nil {
		return s, nil
	}
	s.PID, s.Active = m.process.Pid, true
	select {
	case <-m.ended:
		s.PID, s.Active, s.Failed = 0, populated, m.failed && !populated
	default:
	}
	s.Since = time.Since(m.since())
	return s, nil
}

// Close kills what runs and removes the control groups.
func (u *Units) Close(ctx context.Context) error {
	var errs []error
	for name := range u.units {
		errs = append(errs, u.Kill(ctx, name), unix.Rmdir(filepath.Join(u.dir, name)))
	}
	return errors.Join(append(errs, unix.Rmdir(u.dir))...)
}

// running returns the main process of a unit, or nil if it has ended.
func (u *Units) running(name string) *main {
	u.mu.Lock()
	defer u.mu.Unlock()
	m := u.main[name]
	if m == nil {
		return nil
	}
	select {
	case <-m.ended:
		return nil
	default:
		return m
	}
}
