package fakeec2

import "fmt"

// PowerCut is the crash of a machine: its network, then its I/O. EC2 goes on
// calling it running, and its volumes attached. The caller kills the processes
// afterwards, because a kernel that lives on would flush what a crash loses.
func (s *Server) PowerCut(host string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.world.host(host)
	if in == nil {
		return errNoHost(host)
	}
	in.crashed = in.State == Running
	return s.powerOff(host)
}

// PowerOn is the boot after it: what EC2 says is attached appears again.
func (s *Server) PowerOn(host string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.powerOn(host)
}

// SetState stops, terminates or starts an instance. A stopped one keeps its
// volumes and addresses, a terminated one loses them.
func (s *Server) SetState(host string, state InstanceState) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.world.host(host)
	if in == nil {
		return errNoHost(host)
	}
	switch in.State {
	case Terminated:
		return fmt.Errorf("%s is terminated", host)
	case state:
		return nil
	}
	in.State, in.crashed = state, false
	if state == Running {
		in.Launched = s.clock.Now()
		s.changed()
		return s.powerOn(host)
	}
	err := s.powerOff(host)
	if state == Terminated {
		in.Interface.Secondary, in.Interface.Routed = nil, nil
		for i := range s.world.volumes {
			if v := &s.world.volumes[i]; v.Attachment != nil && v.Attachment.Instance == in.ID {
				s.detach(v, true, "")
				s.finishDetach(v.ID, v.Attachment.number, true)
			}
		}
	}
	s.changed()
	return err
}

// Reboot is an operating system's own: the I/O of before and of after it are
// told apart, the network stays.
func (s *Server) Reboot(host string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.eachVolume(host, func(v *Volume) error {
		s.disk(v.ID).Cut(host)
		return s.disk(v.ID).Remove(host)
	}); err != nil {
		return err
	}
	return s.powerOn(host)
}

// Impair puts a volume into the state "error" once it is not attached, or takes
// it out again.
func (s *Server) Impair(volume string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.world.volume(volume); v != nil {
		v.Impaired = on
		s.changed()
	}
}

func (s *Server) powerOff(host string) error {
	if err := s.network.Unplug(host, true); err != nil {
		return fmt.Errorf("unplug %s: %w", host, err)
	}
	return s.eachVolume(host, func(v *Volume) error {
		s.disk(v.ID).Cut(host)
		return s.disk(v.ID).Remove(host)
	})
}

func (s *Server) powerOn(host string) error {
	in := s.world.host(host)
	if in == nil {
		return errNoHost(host)
	}
	in.crashed = false
	if err := s.network.Unplug(host, false); err != nil {
		return fmt.Errorf("plug in %s: %w", host, err)
	}
	return s.eachVolume(host, func(v *Volume) error { return s.disk(v.ID).Attach(host, v.Attachment.Device) })
}

// eachVolume is every volume that works for host: attached, or detaching while
// the guest has not let go.
func (s *Server) eachVolume(host string, do func(*Volume) error) error {
	in := s.world.host(host)
	if in == nil {
		return errNoHost(host)
	}
	for i := range s.world.volumes {
		v := &s.world.volumes[i]
		if a := v.Attachment; a != nil && a.Instance == in.ID && a.State != Attaching && !a.forced {
			if err := do(v); err != nil {
				return fmt.Errorf("volume %s of %s: %w", v.ID, host, err)
			}
		}
	}
	return nil
}

func errNoHost(host string) error { return fmt.Errorf("no host is called %q", host) }
