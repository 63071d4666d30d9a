package fakeec2

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// A Fault is one thing that goes wrong until it is healed, its time is over or
// it has happened Count times.
type Fault struct {
	Name FaultName `json:"name"`
	// Host limits it to what one host asks, or names the host that it befalls.
	Host string `json:"host,omitempty"`
	// Action limits it to one action; FaultRevoked has the key's id here.
	Action string `json:"action,omitempty"`
	// Mode chooses among kinds: see the names.
	Mode string `json:"mode,omitempty"`
	// Code is the error that FaultError answers with.
	Code string `json:"code,omitempty"`
	// Address is the one that FaultVIPStolen takes.
	Address netip.Addr `json:"address,omitzero"`
	// Delay is how late answers come, or the most that they lag behind.
	Delay Duration `json:"delay,omitempty"`
	// For is how long the fault lasts; 0 is until it is healed.
	For Duration `json:"for,omitempty"`
	// Count is how often it happens; 0 is without end.
	Count int `json:"count,omitempty"`
}

// A FaultName is what a fault is called in the lab.
type FaultName string

// The faults.
const (
	// FaultDown: modes "refuse" (connections are reset, and refused when no host
	// is named), "timeout" (no answer), "error" (503 Unavailable).
	FaultDown FaultName = "ec2-down"
	// FaultThrottle: RequestLimitExceeded.
	FaultThrottle FaultName = "ec2-throttle"
	// FaultDelay: answers come Delay after the deed.
	FaultDelay FaultName = "ec2-delay"
	// FaultLost: the deed is done, the connection ends without an answer.
	FaultLost FaultName = "ec2-lost"
	// FaultStale: Describe answers with what was, up to Delay ago, each time
	// another age.
	FaultStale FaultName = "ec2-stale"
	// FaultError: Code instead of the deed.
	FaultError FaultName = "ec2-error"
	// FaultRevoked: AuthFailure for the key in Action.
	FaultRevoked FaultName = "ec2-revoked"
	// FaultDenied: UnauthorizedOperation.
	FaultDenied FaultName = "ec2-denied"
	// FaultAttachStuck: attaching never ends.
	FaultAttachStuck FaultName = "attach-stuck"
	// FaultDetachStuck: a plain detachment never ends; mode "force": nor does a
	// forced one, whose I/O is cut all the same.
	FaultDetachStuck FaultName = "detach-stuck"
	// FaultBusy: a plain detachment becomes busy, whether the volume is in use
	// or not.
	FaultBusy FaultName = "busy"
	// FaultIOStall: the host's I/O on its volumes hangs.
	FaultIOStall FaultName = "io-stall"
	// FaultIOError: the host's I/O on its volumes fails.
	FaultIOError FaultName = "io-error"
	// FaultVIPStolen: Host's interface takes Address, once, as if it had asked
	// for it with AllowReassignment. Healing gives nothing back.
	FaultVIPStolen FaultName = "vip-stolen"
)

var faultModes = map[FaultName][]string{
	FaultDown: {"refuse", "timeout", "error"}, FaultThrottle: nil, FaultDelay: nil, FaultLost: nil, FaultStale: nil,
	FaultError: nil, FaultRevoked: nil, FaultDenied: nil, FaultAttachStuck: nil, FaultDetachStuck: {"", "force"},
	FaultBusy: nil, FaultIOStall: nil, FaultIOError: nil, FaultVIPStolen: nil,
}

// Inject lets f happen from now on. A fault of the same name, host and action
// takes the place of the earlier one.
func (s *Server) Inject(f Fault) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.checkFault(f); err != nil {
		return err
	}
	if f.Name == FaultVIPStolen {
		s.assign(s.world.host(f.Host), []netip.Addr{f.Address})
		s.changed()
		return nil
	}
	s.faults = slices.DeleteFunc(s.faults, func(o *Fault) bool { return sameFault(o, &f) })
	s.faults = append(s.faults, &f)
	s.faultsChanged()
	if f.For > 0 {
		s.clock.AfterFunc(time.Duration(f.For), func() { s.heal(func(o *Fault) bool { return o == &f }) })
	}
	return nil
}

func (s *Server) checkFault(f Fault) error {
	modes, ok := faultModes[f.Name]
	switch {
	case !ok:
		return fmt.Errorf("fault %q is not known", f.Name)
	case modes == nil && f.Mode != "" || modes != nil && !slices.Contains(modes, f.Mode):
		return fmt.Errorf("fault %s has the modes %q, not %q", f.Name, modes, f.Mode)
	case f.Host != "" && s.world.host(f.Host) == nil:
		return fmt.Errorf("fault %s: no host is called %q", f.Name, f.Host)
	case f.Name == FaultError && f.Code == "":
		return fmt.Errorf("fault %s needs a code", f.Name)
	case f.Name == FaultRevoked && f.Action == "":
		return fmt.Errorf("fault %s needs the key's id as its action", f.Name)
	case (f.Name == FaultIOStall || f.Name == FaultIOError || f.Name == FaultVIPStolen) && f.Host == "":
		return fmt.Errorf("fault %s needs a host", f.Name)
	case f.Name == FaultVIPStolen && !s.config.Subnet.Prefix.Contains(f.Address):
		return fmt.Errorf("fault %s needs an address of subnet %s", f.Name, s.config.Subnet.Prefix)
	case f.Name == FaultStale && (f.Delay <= 0 || time.Duration(f.Delay) > maxStale):
		return fmt.Errorf("fault %s needs a delay up to %s", f.Name, maxStale)
	}
	return nil
}

func sameFault(a, b *Fault) bool {
	return a.Name == b.Name && a.Host == b.Host && a.Action == b.Action
}

// Heal ends faults: those of that name and host, where empty is any.
func (s *Server) Heal(name FaultName, host string) {
	s.heal(func(f *Fault) bool { return (name == "" || f.Name == name) && (host == "" || f.Host == host) })
}

func (s *Server) heal(match func(*Fault) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = slices.DeleteFunc(s.faults, match)
	s.faultsChanged()
	s.resume()
	s.changed()
}

// Faults are those that are on.
func (s *Server) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	on := []Fault{}
	for _, f := range s.faults {
		on = append(on, *f)
	}
	return on
}

// fault is the one that is on for host and action, and counts as having
// happened; nil if there is none.
func (s *Server) fault(name FaultName, host, action string) *Fault {
	for i, f := range s.faults {
		if f.Name != name || f.Host != "" && f.Host != host || f.Action != "" && f.Action != action {
			continue
		}
		if f.Count > 0 {
			if f.Count--; f.Count == 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
			}
		}
		return f
	}
	return nil
}

// faultsChanged brings disks and connections in line.
func (s *Server) faultsChanged() {
	close(s.faultChange)
	s.faultChange = make(chan struct{})
	for _, disk := range s.disks {
		for _, in := range s.world.instances {
			on := func(name FaultName) bool {
				return slices.ContainsFunc(s.faults, func(f *Fault) bool { return f.Name == name && f.Host == in.Name })
			}
			disk.Stall(in.Name, on(FaultIOStall))
			disk.Fail(in.Name, on(FaultIOError))
		}
	}
}
