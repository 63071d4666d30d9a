package systemd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-systemd/v22/dbus"
	"golang.org/x/sys/unix"

	"tournant/internal/command"
)

// ErrNotRunning is returned where another init runs, as in most containers.
var ErrNotRunning = errors.New("systemd does not run on this host: start the server with `tournant serve --config FILE`")

// Manager manages units. Each call has a connection of its own, so that none
// depends on one that broke.
type Manager struct {
	Dial    func(ctx context.Context) (Bus, error)
	Journal Journal
	Booted  func() bool                   // systemd runs
	Uptime  func() (time.Duration, error) // of the host
}

// Journal runs journalctl.
type Journal interface {
	// Follow runs a command whose output goes to out, until it ends or ctx
	// does.
	Follow(ctx context.Context, out io.Writer, name string, args ...string) error
}

// OnHost is the Manager of this host.
func OnHost() *Manager {
	return &Manager{
		Dial:    func(ctx context.Context) (Bus, error) { return DialSocket(ctx, privateSocket) },
		Journal: command.Host{}, Booted: booted, Uptime: uptime,
	}
}

// booted asks as sd_booted(3) does.
func booted() bool {
	info, err := os.Lstat("/run/systemd/system")
	return err == nil && info.IsDir()
}

func uptime() (time.Duration, error) {
	data, err := os.ReadFile("/proc/uptime")
	if err != nil {
		return 0, fmt.Errorf("read the host's uptime: %w", err)
	}
	first, _, _ := strings.Cut(string(data), " ")
	seconds, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0, fmt.Errorf("read the host's uptime: %w", err)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}

// ask does something over a connection. Errors are ErrNotRunning, a *Failure,
// or of the connection.
func (m *Manager) ask(ctx context.Context, do func(Bus) error) error {
	if !m.Booted() {
		return ErrNotRunning
	}
	bus, err := m.Dial(ctx)
	if err != nil {
		return fmt.Errorf("connect to systemd: %w", err)
	}
	defer bus.Close()
	return do(bus)
}

// job begins a job and waits for its end. When ctx ends, the job goes on.
func (m *Manager) job(ctx context.Context, verb, unit string, begin func(Bus, chan<- string) error) error {
	return m.ask(ctx, func(bus Bus) error {
		result := make(chan string, 1)
		if err := begin(bus, result); err != nil {
			return failure(err)
		}
		select {
		case r := <-result:
			if r == "done" || r == "skipped" { // there was nothing to do
				return nil
			}
			return &Failure{Text: fmt.Sprintf("The job to %s %s ended: %s.", verb, unit, r), Result: r}
		case <-ctx.Done():
			return fmt.Errorf("%s %s: %w", verb, unit, ctx.Err())
		}
	})
}

// The modes of a job: it takes the place of another on its unit, gives way, or
// takes its place and waits for no unit that comes before it.
const (
	replace = "replace"
	yield   = "fail"
	ahead   = "ignore-dependencies"
)

// Start starts a unit and waits until systemd holds it for started. That it failed so
// often that systemd gave up does not count any more: who starts it knows better.
func (m *Manager) Start(ctx context.Context, unit string) error {
	m.forgive(ctx, unit)
	return m.start(ctx, unit, replace)
}

func (m *Manager) forgive(ctx context.Context, unit string) {
	// What fails here, or a unit that is not there, the start tells of.
	_ = m.ask(ctx, func(bus Bus) error { return bus.ResetFailedUnitContext(ctx, unit) })
}

// StartUnopposed starts a unit as Start does, but not against another job that
// is under way: where a unit that this one is bound to is being stopped, Start
// would call that off. Then it is a *Failure.
func (m *Manager) StartUnopposed(ctx context.Context, unit string) error {
	return m.start(ctx, unit, yield)
}

func (m *Manager) start(ctx context.Context, unit, mode string) error {
	return m.job(ctx, "start", unit, func(bus Bus, result chan<- string) error {
		_, err := bus.StartUnitContext(ctx, unit, mode, result)
		return err
	})
}

// Stop stops a unit and waits for its end.
func (m *Manager) Stop(ctx context.Context, unit string) error { return m.stop(ctx, unit, replace) }

// StopAhead stops a unit as Stop does, but does not wait for units that are
// being stopped and are to end before it: one of those may be who asks.
func (m *Manager) StopAhead(ctx context.Context, unit string) error {
	return m.stop(ctx, unit, ahead)
}

func (m *Manager) stop(ctx context.Context, unit, mode string) error {
	return m.job(ctx, "stop", unit, func(bus Bus, result chan<- string) error {
		_, err := bus.StopUnitContext(ctx, unit, mode, result)
		return err
	})
}

// Restart stops a unit, if it runs, and starts it as Start does.
func (m *Manager) Restart(ctx context.Context, unit string) error {
	m.forgive(ctx, unit)
	return m.job(ctx, "restart", unit, func(bus Bus, result chan<- string) error {
		_, err := bus.RestartUnitContext(ctx, unit, replace, result)
		return err
	})
}

// Kill ends all processes of a unit at once and waits for their end.
func (m *Manager) Kill(ctx context.Context, unit string) error {
	err := m.ask(ctx, func(bus Bus) error {
		return failure(bus.KillUnitWithTarget(ctx, unit, dbus.All, int32(unix.SIGKILL)))
	})
	var f *Failure
	if errors.As(err, &f) && f.Result == noSuchUnit {
		return nil // systemd forgets units that do not run
	}
	if err != nil {
		return err
	}
	return m.StopAhead(ctx, unit)
}

// Enable lets a unit start with the host.
func (m *Manager) Enable(ctx context.Context, unit string) error {
	return m.ask(ctx, func(bus Bus) error {
		_, _, err := bus.EnableUnitFilesContext(ctx, []string{unit}, false, false)
		if err == nil {
			err = bus.ReloadContext(ctx) // as systemctl does
		}
		return failure(err)
	})
}

// Disable keeps a unit from starting with the host. One that runs goes on.
func (m *Manager) Disable(ctx context.Context, unit string) error {
	return m.ask(ctx, func(bus Bus) error {
		_, err := bus.DisableUnitFilesContext(ctx, []string{unit}, false)
		if err == nil {
			err = bus.ReloadContext(ctx)
		}
		return failure(err)
	})
}

// Reload lets systemd read its unit files again.
func (m *Manager) Reload(ctx context.Context) error {
	return m.ask(ctx, func(bus Bus) error { return failure(bus.ReloadContext(ctx)) })
}

// Signal sends a signal, such as HUP, to the main process of a unit.
func (m *Manager) Signal(ctx context.Context, unit, signal string) error {
	number := unix.SignalNum("SIG" + signal)
	if number == 0 {
		return fmt.Errorf("there is no signal %s", signal)
	}
	return m.ask(ctx, func(bus Bus) error {
		return failure(bus.KillUnitWithTarget(ctx, unit, dbus.Main, int32(number)))
	})
}

// LastWords returns the last lines of a unit's log, for who is to know why it
// ended.
func (m *Manager) LastWords(ctx context.Context, unit string, lines int) (string, error) {
	if !m.Booted() {
		return "", ErrNotRunning
	}
	var out strings.Builder
	err := m.Journal.Follow(ctx, &out, "journalctl", "--no-pager", "--quiet", "--output=cat", fmt.Sprintf("--lines=%d", lines), "--unit="+unit)
	return out.String(), err
}

// Tail shows the last lines of units' logs and those that come, until ctx
// ends.
func (m *Manager) Tail(ctx context.Context, out io.Writer, units ...string) error {
	if !m.Booted() {
		return ErrNotRunning
	}
	args := []string{"--no-pager", "--follow", "--lines=10", "--output=cat"}
	for _, unit := range units {
		args = append(args, "--unit="+unit)
	}
	return m.Journal.Follow(ctx, out, "journalctl", args...)
}
