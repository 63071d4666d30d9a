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
)

// ErrNotRunning is returned where another init runs, as in most containers.
var ErrNotRunning = errors.New("systemd does not run on this host: start the server with `tournant serve --config FILE`")

// Manager manages units.
type Manager struct {
	Runner Runner
	Booted func() bool                   // systemd runs
	Uptime func() (time.Duration, error) // of the host
}

// OnHost is the Manager of this host.
func OnHost() *Manager { return &Manager{Runner: Host{}, Booted: booted, Uptime: uptime} }

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

func (m *Manager) systemctl(ctx context.Context, args ...string) (string, error) {
	if !m.Booted() {
		return "", ErrNotRunning
	}
	return m.Runner.Output(ctx, "systemctl", args...)
}

func (m *Manager) do(ctx context.Context, args ...string) error {
	_, err := m.systemctl(ctx, args...)
	return err
}

// Start starts a unit and waits until systemd holds it for started.
func (m *Manager) Start(ctx context.Context, unit string) error { return m.do(ctx, "start", unit) }

// Stop stops a unit and waits for its end.
func (m *Manager) Stop(ctx context.Context, unit string) error { return m.do(ctx, "stop", unit) }

// Restart stops a unit, if it runs, and starts it.
func (m *Manager) Restart(ctx context.Context, unit string) error { return m.do(ctx, "restart", unit) }

// Enable lets a unit start with the host.
func (m *Manager) Enable(ctx context.Context, unit string) error {
	return m.do(ctx, "enable", "--quiet", unit)
}

// Reload lets systemd read its unit files again.
func (m *Manager) Reload(ctx context.Context) error { return m.do(ctx, "daemon-reload") }

// Signal sends a signal, such as HUP, to the main process of a unit.
func (m *Manager) Signal(ctx context.Context, unit, signal string) error {
	return m.do(ctx, "kill", "--kill-who=main", "--signal="+signal, unit)
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
	return m.Runner.Follow(ctx, out, "journalctl", args...)
}
