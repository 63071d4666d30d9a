package cluster

import (
	"context"
	"fmt"
	"path/filepath"
	"syscall"
)

// Kill ends a service of a backend with SIGKILL.
func (k *Cluster) Kill(ctx context.Context, name, service string) error {
	return k.Signal(ctx, name, service, syscall.SIGKILL)
}

// PostgreSQL is a service of a backend that its agent runs.
const PostgreSQL = "tournant-postgresql.service"

// Signal sends a signal to the main process of a service.
func (k *Cluster) Signal(ctx context.Context, name, service string, signal syscall.Signal) error {
	m := k.machines[name]
	if service == Agent || service == Keepalived {
		return m.Signal(ctx, service, signal)
	}
	pids, err := m.Processes(filepath.Join(filepath.Base(services), service))
	if err != nil {
		return err
	}
	if len(pids) == 0 {
		return fmt.Errorf("cluster: %s does not run on %s", service, name)
	}
	// The one that the others come from was there first.
	return syscall.Kill(pids[0], signal)
}

// Running is how many processes of a service a backend has.
func (k *Cluster) Running(name, service string) (int, error) {
	pids, err := k.machines[name].Processes(filepath.Join(filepath.Base(services), service))
	return len(pids), err
}

// KillNow ends all processes of a backend's agent without asking its init.
func (k *Cluster) KillNow(name string) error {
	pids, err := k.machines[name].Processes(Agent)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			return fmt.Errorf("cluster: kill process %d: %w", pid, err)
		}
	}
	return nil
}

// StopInit keeps a host's init from starting anything again.
func (k *Cluster) StopInit(name string) error {
	pids, err := k.machines[name].Processes("init")
	if err != nil {
		return err
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			return fmt.Errorf("cluster: stop process %d: %w", pid, err)
		}
	}
	return nil
}
