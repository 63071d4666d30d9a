package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tournant/internal/atomicfile"
	"tournant/internal/keepalived"
	"tournant/internal/postgres"
	"tournant/internal/systemd"
	"tournant/internal/systemd/plain"
)

// newProcesses has the units run as plain processes, in control groups below
// Places.Processes. PostgreSQL and the API end with the agent, as they
// do not where systemd runs them; keepalived does not.
func newProcesses(cfg *Config, cluster *postgres.Cluster, settings postgres.Settings, files keepalived.Files) (units, error) {
	credential, err := cluster.Credential()
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.MkdirAll(cluster.Socket, 0o755), //nolint:gosec // as systemd makes it
		os.Chown(cluster.Socket, int(credential.Uid), int(credential.Gid))); err != nil {
		return nil, fmt.Errorf("make the directory of PostgreSQL's socket: %w", err)
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	url := filepath.Join(cfg.Places.State, "database-url")
	if err := atomicfile.Write(url, []byte(LocalDatabase(cfg.Server.Database, cluster.Socket)+"\n"), 0o600); err != nil {
		return nil, fmt.Errorf("write where the database is: %w", err)
	}
	api := []string{self, "serve", "--config", cfg.Server.File, "--database-file", url}
	output := map[string]*os.File{}
	for _, unit := range []string{unitPostgres, unitAPI, unitKeepalived} {
		name := filepath.Join(cfg.Places.State, unit+".log")
		if output[unit], err = os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
			return nil, fmt.Errorf("open the log of %s: %w", unit, err)
		}
	}
	u, err := plain.New(cfg.Places.Processes, map[string]plain.Unit{
		unitPostgres: {
			Command: cluster.Command(settings), Credential: credential, Output: output[unitPostgres], Stop: syscall.SIGINT,
			Ready: func(ctx context.Context) error { return cluster.Ready(ctx, settings) },
		},
		unitAPI: {Command: api, Env: os.Environ(), Output: output[unitAPI], Stop: syscall.SIGTERM},
	})
	if err != nil {
		return nil, err
	}
	return &processes{Units: u, files: files, log: output[unitKeepalived]}, nil
}

// processes are plain units, and keepalived by its own file of its number: it
// outlives the agent, and one that somebody else started is as good.
type processes struct {
	*plain.Units
	files keepalived.Files
	log   *os.File
}

func (p *processes) Start(ctx context.Context, unit string) error {
	if unit != unitKeepalived {
		return p.Units.Start(ctx, unit)
	}
	if pid, err := p.files.Running(); err == nil && pid > 0 {
		return nil
	}
	c := exec.Command("keepalived", p.files.Args()...) //nolint:gosec,noctx // it outlives its caller
	c.Stdout, c.Stderr = p.log, p.log
	c.SysProcAttr = &unix.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return fmt.Errorf("start keepalived: %w", err)
	}
	go func() { _ = c.Wait() }() // State tells of its end
	return p.await(ctx, true)
}

func (p *processes) Stop(ctx context.Context, unit string) error {
	if unit != unitKeepalived {
		return p.Units.Stop(ctx, unit)
	}
	return p.end(ctx, unix.SIGTERM)
}

func (p *processes) Kill(ctx context.Context, unit string) error {
	if unit != unitKeepalived {
		return p.Units.Kill(ctx, unit)
	}
	return p.end(ctx, unix.SIGKILL)
}

func (p *processes) end(ctx context.Context, signal syscall.Signal) error {
	pid, err := p.files.Running()
	if errors.Is(err, keepalived.ErrNotRunning) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := unix.Kill(pid, signal); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("end keepalived: %w", err)
	}
	return p.await(ctx, false)
}

func (p *processes) await(ctx context.Context, running bool) error {
	for {
		if _, err := p.files.Running(); (err == nil) == running {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for keepalived: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// State of a keepalived that does not run is failed if its number is left over:
// one that ends in good order removes it.
func (p *processes) State(ctx context.Context, unit string) (systemd.State, error) {
	if unit != unitKeepalived {
		return p.Units.State(ctx, unit)
	}
	s := systemd.State{Unit: unit, Loaded: true}
	pid, err := p.files.Running()
	switch {
	case err == nil:
		s.PID, s.Active = pid, true
	case errors.Is(err, keepalived.ErrNotRunning):
		_, left := os.Lstat(p.files.PID)
		s.Failed = left == nil
	default:
		return s, err
	}
	if info, err := os.Lstat(p.files.PID); err == nil {
		s.Since = time.Since(info.ModTime())
	}
	return s, nil
}
