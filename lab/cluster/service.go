package cluster

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
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

// Named are the processes of a program anywhere on a host, a line each.
func (k *Cluster) Named(ctx context.Context, name, program string) ([]string, error) {
	c, err := k.machines[name].Command(ctx, "ps", "-C", program, "-o", "pid=,args=")
	if err != nil {
		return nil, err
	}
	out, err := c.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 && len(exit.Stderr) == 0 {
		err = nil // there are none
	}
	if err != nil {
		return nil, fmt.Errorf("cluster: look for %s on %s: %w", program, name, err)
	}
	return slices.Collect(strings.Lines(strings.TrimSpace(string(out)))), nil
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
