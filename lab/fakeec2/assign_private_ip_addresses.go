package fakeec2

import (
	"net/netip"
	"slices"
	"strconv"
)

type assignAnswer struct {
	envelope
	InterfaceID string `xml:"networkInterfaceId"`
	Assigned    []struct {
		Address netip.Addr `xml:"privateIpAddress"`
	} `xml:"assignedPrivateIpAddressesSet>item"`
	Return bool `xml:"return"`
}

// assignPrivateIPAddresses takes NetworkInterfaceId, either PrivateIpAddress.N
// or SecondaryPrivateIpAddressCount, and AllowReassignment. It is the one of the
// five without DryRun. The API knows of an assignment at once, the network and
// the metadata later.
func (s *Server) assignPrivateIPAddresses(c *call) (plan, *Error) {
	reassign, err := c.boolean("AllowReassignment")
	if err != nil {
		return plan{}, err
	}
	id, asked, countText := c.take("NetworkInterfaceId"), c.list("PrivateIpAddress"), c.take("SecondaryPrivateIpAddressCount")
	if id == "" {
		return plan{}, errMissing("networkInterfaceId")
	}
	if (len(asked) == 0) == (countText == "") {
		return plan{}, refuse("InvalidParameterCombination", "Either private IP addresses or the number of them must be specified, not both")
	}
	count := 0
	if countText != "" {
		var bad error
		if count, bad = strconv.Atoi(countText); bad != nil || count < 1 {
			return plan{}, refuse("InvalidParameterValue", "Value (%s) for parameter secondaryPrivateIpAddressCount is invalid", countText)
		}
	}
	addresses, err := s.parseAddresses(asked)
	if err != nil {
		return plan{}, err
	}
	return plan{act: func() (answer, *Error) {
		in := s.world.byInterface(id)
		if in == nil {
			return nil, errInterfaceNotFound(id)
		}
		if count > 0 {
			addresses = s.freeAddresses(count)
		}
		if err := s.assignable(in, addresses, reassign); err != nil {
			return nil, err
		}
		s.assign(in, addresses)
		s.changed()
		answer := &assignAnswer{envelope: envelope{action: c.action}, InterfaceID: id, Return: true}
		for _, a := range addresses {
			answer.Assigned = append(answer.Assigned, struct {
				Address netip.Addr `xml:"privateIpAddress"`
			}{a})
		}
		return answer, nil
	}}, nil
}

func (s *Server) parseAddresses(asked []string) ([]netip.Addr, *Error) {
	var addresses []netip.Addr
	for _, text := range asked {
		a, err := netip.ParseAddr(text)
		if err != nil || !a.Is4() {
			return nil, refuse("InvalidParameterValue", "invalid value for parameter address: %s", text)
		}
		if !s.config.Subnet.Prefix.Contains(a) {
			return nil, refuse("InvalidParameterValue", "Address %s does not fall within the subnet's address range", a)
		}
		if s.reserved(a) {
			return nil, refuse("InvalidParameterValue", "Address %s is in subnet's reserved address range", a)
		}
		addresses = append(addresses, a)
	}
	return addresses, nil
}

// reserved are a subnet's first four addresses and its last.
func (s *Server) reserved(a netip.Addr) bool {
	first := s.config.Subnet.Prefix.Masked().Addr()
	for range 4 {
		if a == first {
			return true
		}
		first = first.Next()
	}
	return !s.config.Subnet.Prefix.Contains(a.Next())
}

// freeAddresses are the lowest that nobody has.
func (s *Server) freeAddresses(count int) []netip.Addr {
	var free []netip.Addr
	for a := s.config.Subnet.Prefix.Masked().Addr(); len(free) < count && s.config.Subnet.Prefix.Contains(a); a = a.Next() {
		if !s.reserved(a) && s.holder(a) == nil {
			free = append(free, a)
		}
	}
	return free
}

// holder is whom the API has the address assigned to.
func (s *Server) holder(a netip.Addr) *Instance {
	return find(s.world.instances, func(in *Instance) bool {
		return in.Interface.Primary == a || slices.Contains(in.Interface.Secondary, a)
	})
}

func (s *Server) assignable(in *Instance, addresses []netip.Addr, reassign bool) *Error {
	more := 0
	for _, a := range addresses {
		switch h := s.holder(a); {
		case h == nil:
			more++
		case h.Interface.Primary == a:
			return refuse("InvalidParameterValue", "Address %s is the primary address of interface %s and cannot be moved", a, h.Interface.ID)
		case h != in && !reassign:
			return refuse("InvalidParameterValue", "Some of [%s] are assigned, but move is not allowed.", a)
		case h != in:
			more++
		}
	}
	if 1+len(in.Interface.Secondary)+more > s.config.Limits.Addresses {
		return refuse("PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit.")
	}
	return nil
}

// assign moves addresses in the API, and once it has propagated, in the network
// and the metadata.
func (s *Server) assign(in *Instance, addresses []netip.Addr) {
	for _, a := range addresses {
		for i := range s.world.instances {
			n := &s.world.instances[i].Interface
			n.Secondary = slices.DeleteFunc(n.Secondary, func(o netip.Addr) bool { return o == a })
		}
		in.Interface.Secondary = append(in.Interface.Secondary, a)
	}
	s.later(s.config.Times.Propagate, func() {
		for _, a := range addresses {
			s.propagate(a)
		}
	})
}

// propagate brings network and metadata to where the API is by now, so that
// assignments in quick succession end as the last of them.
func (s *Server) propagate(a netip.Addr) {
	in := s.holder(a)
	if slices.Contains(in.Interface.Routed, a) {
		return
	}
	for i := range s.world.instances {
		n := &s.world.instances[i].Interface
		n.Routed = slices.DeleteFunc(n.Routed, func(o netip.Addr) bool { return o == a })
	}
	in.Interface.Routed = append(in.Interface.Routed, a)
	if err := s.network.Route(a, in.Interface.MAC); err != nil {
		s.log.Error("route", "address", a, "host", in.Name, "error", err)
	}
	s.log.Info("routed", "address", a, "host", in.Name)
	s.changed()
}
