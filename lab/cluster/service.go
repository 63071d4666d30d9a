package cluster

import (
	"context"
	"errors"
	"fmt"
	"syscall"
)

// Signal sends a signal to the main process of a service.
func (k *Cluster) Signal(ctx context.Context, name, service string, signal syscall.Signal) error {
	return k.machines[name].Signal(ctx, service, signal)
}

// signalFirst signals to a service's first process: the one that the others come
// from.
func signalFirst(m Machine, service string, signal syscall.Signal) error {
	pids, err := m.Processes(service)
	if err != nil {
		return err
	}
	if len(pids) == 0 {
		return fmt.Errorf("cluster: %s does not run", service)
	}
	return syscall.Kill(pids[0], signal)
}

// Running is how many processes of a service a backend has.
func (k *Cluster) Running(name, service string) (int, error) {
	pids, err := k.machines[name].Processes(service)
	return len(pids), err
}

// KillForGood ends all processes of a backend's agent, and keeps its init from
// starting it again.
func (k *Cluster) KillForGood(name string) error {
	m := k.machines[name]
	init, err := m.Init()
	if err != nil {
		return err
	}
	if err := syscall.Kill(init, syscall.SIGSTOP); err != nil {
		return fmt.Errorf("cluster: stop process %d: %w", init, err)
	}
	pids, err := m.Processes(Agent)
	errs := []error{err}
	for _, pid := range pids {
		errs = append(errs, syscall.Kill(pid, syscall.SIGKILL))
	}
	return errors.Join(errs...)
}
