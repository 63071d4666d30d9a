package cluster

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"os/exec"
	"syscall"
)

// Hosts make the machines of a cluster's hosts.
type Hosts interface {
	// Sweep ends what those of an earlier cluster in a directory have left.
	Sweep(ctx context.Context, dir string) error
	// Open makes what all machines of a cluster need.
	Open(ctx context.Context, c Config) error
	// New makes a machine, which is off.
	New(p Place) (Machine, error)
}

// A Place is what a cluster has for a host's machine.
type Place struct {
	Host
	// Dir is for what it keeps.
	Dir string
	// Dev and Sys are where the volume appears; "" for a host that gets none.
	Dev, Sys string
	// Network is the file of its network namespace, and Inside runs a function on
	// a thread in it.
	Network string
	Inside  func(func() error) error
}

// A Machine is what a host runs on. Services are named without ".service".
type Machine interface {
	Boot(ctx context.Context) error
	// PowerOff ends every process at once.
	PowerOff(ctx context.Context) error
	// Shutdown ends them in order.
	Shutdown(ctx context.Context) error
	// On is whether it has power.
	On() bool
	Freeze(ctx context.Context) error
	Thaw(ctx context.Context) error
	// Command is a command to run inside, as root.
	Command(ctx context.Context, name string, args ...string) (*exec.Cmd, error)
	// Path is where a file of the machine is seen from this host while it runs.
	Path(inside string) (string, error)
	// Init and Processes are numbers on this host: of the first process, and of a
	// service's, of which the main one is first.
	Init() (int, error)
	Processes(service string) ([]int, error)
	// Signal sends a signal to a service's main process.
	Signal(ctx context.Context, service string, signal syscall.Signal) error
	// Stop stops a service and returns when it is.
	Stop(ctx context.Context, service string) error
	// Log opens what a service wrote so far. The caller closes it.
	Log(service string) (io.ReadCloser, error)
	// Close switches it off and removes what is not to be looked at later.
	Close(ctx context.Context) error
}

// A Host is an instance, or the client.
type Host struct {
	Name    string
	Role    string // "backend", "frontend" or, of the client, ""
	Address netip.Addr
}

// The roles of hosts.
const (
	Backend  = "backend"
	Frontend = "frontend"
)

// Hostname is what EC2 names an instance of this address.
func (h Host) Hostname() string {
	a := h.Address.As4()
	return fmt.Sprintf("ip-%d-%d-%d-%d", a[0], a[1], a[2], a[3])
}

// FQDN is that name in full.
func (h Host) FQDN() string { return h.Hostname() + "." + Region + ".compute.internal" }

// MAC is its interface's address.
func (h Host) MAC() string {
	a := h.Address.As4()
	return fmt.Sprintf("02:00:00:00:%02x:%02x", a[2], a[3])
}

// Instance is its id at EC2.
func (h Host) Instance() string { return fmt.Sprintf("i-0%016x", h.Address.As4()[3]) }
