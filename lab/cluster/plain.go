package cluster

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tournant/internal/keepalived"
	"tournant/lab/cgroup"
	"tournant/lab/machine"
)

// Plain hosts are lab/machine's: namespaces over the programs of this host, with a
// small init. They begin with a volume of Prepare, and need no packages.
type Plain struct {
	// Program is the tournant that they run.
	Program string

	etc string
}

const (
	programs   = "/opt/tournant"
	serverFile = "/etc/opscode/chef-server.rb"
	state      = "/var/opt/opscode"
	runtime    = "/run/tournant-ha"
	services   = "/sys/fs/cgroup/services"
)

// Sweep implements Hosts.
func (*Plain) Sweep(ctx context.Context, dir string) error { return cgroup.Sweep(ctx, dir) }

// Open writes the configuration that all of them show.
func (p *Plain) Open(_ context.Context, c Config) error {
	p.etc = c.at("etc")
	return c.configure(p.etc)
}

// New implements Hosts.
func (p *Plain) New(at Place) (Machine, error) {
	m := machine.Config{
		Name: at.Name, Dir: at.Dir, Inside: at.Inside, Dev: at.Dev, Sys: at.Sys,
		Keep: map[string]string{
			programs:                 filepath.Dir(p.Program),
			filepath.Dir(serverFile): p.etc,
			state:                    filepath.Join(at.Dir, "opscode"),
			"/var/log/opscode":       filepath.Join(at.Dir, "log"),
			"/etc/hosts":             filepath.Join(p.etc, "hosts"),
			"/etc/resolv.conf":       filepath.Join(p.etc, "resolv.conf"),
		},
	}
	for _, outside := range []string{m.Keep[state], m.Keep["/var/log/opscode"]} {
		if err := os.MkdirAll(outside, 0o755); err != nil {
			return nil, err
		}
	}
	program := filepath.Join(programs, filepath.Base(p.Program))
	if at.Role == Backend {
		m.Units = backendUnits(program)
	} else {
		m.Units = []machine.Unit{{
			Name: Server, Enabled: true, Restart: true, Command: []string{program, "serve", "--config", serverFile, "--data", state},
		}}
	}
	made, err := machine.New(m)
	return plain{made}, err
}

func backendUnits(program string) []machine.Unit {
	agent := []string{program, "ha-agent", "--config", serverFile, "--processes", services}
	files := keepalived.FilesIn(filepath.Join(state, "keepalived"), runtime)
	return []machine.Unit{
		{
			Name: Agent, Enabled: true, Restart: true, Notify: true, Watchdog: 3 * time.Second,
			Command: agent,
		},
		{Name: Keepalived, Enabled: true, Restart: true, OnFailure: true, After: Agent, Command: append([]string{"/usr/sbin/keepalived"}, files.Args()...)},
	}
}

// plain is a machine whose agent runs the other services.
type plain struct{ *machine.Machine }

// units are what its init runs; the services of a backend beyond them are its
// agent's.
var units = map[string]bool{Agent: true, Keepalived: true}

// Shutdown ends the units, and then the rest.
func (m plain) Shutdown(ctx context.Context) error {
	if !m.On() {
		return nil
	}
	var errs []error
	for unit := range units {
		if pids, err := m.Processes(unit); err != nil || len(pids) > 0 {
			errs = append(errs, err, m.Stop(ctx, unit))
		}
	}
	return errors.Join(append(errs, m.PowerOff(ctx))...)
}

// Processes implements Machine.
func (m plain) Processes(service string) ([]int, error) {
	group := service
	if !units[service] {
		group = filepath.Join(filepath.Base(services), service+".service")
	}
	return m.Machine.Processes(group)
}

// Signal implements Machine.
func (m plain) Signal(ctx context.Context, service string, signal syscall.Signal) error {
	if units[service] {
		return m.Machine.Signal(ctx, service, signal)
	}
	return signalFirst(m, service, signal)
}

// Log implements Machine.
func (m plain) Log(service string) (io.ReadCloser, error) {
	return os.Open(filepath.Join(m.Logs(), service+".log"))
}
