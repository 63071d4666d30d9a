package config

import (
	"net/netip"
	"slices"
	"strings"
)

// cluster reads who the hosts are and which of them this one is, and catches
// what the original noticed late or never.
func (r *reader) cluster(c *Config) {
	c.Servers, c.VIP = r.servers(), r.backendVIP()
	c.Host = r.env.Host.FQDN
	if c.Topology == Standalone {
		c.Bootstrap = true
		return
	}
	if me := r.me(c.Servers); me != nil {
		c.Host, c.Role, c.Bootstrap = me.Name, me.Role, me.Bootstrap
	}
	r.checkBootstrap(c.Servers)
	r.checkAddresses(c)
	if c.Topology == HA {
		r.checkPair(c)
	}
}

// me finds the entry of this host: by its name, as the original does, else by
// one of its addresses, since a name depends on how the host asks for it.
func (r *reader) me(servers []Server) *Server {
	host := r.env.Host
	short, _, _ := strings.Cut(host.FQDN, ".")
	for _, name := range []string{host.FQDN, short} {
		if i := slices.IndexFunc(servers, func(s Server) bool { return strings.EqualFold(s.Name, name) }); i >= 0 {
			return &servers[i]
		}
	}
	for i, s := range servers {
		if slices.ContainsFunc(host.Addresses, func(p netip.Prefix) bool { return p.Addr() == s.Address }) {
			r.warn(s.line, "", "this host is called %s, which has no server entry; it is taken for %s by its address %s", host.FQDN, s.Name, s.Address)
			return &servers[i]
		}
	}
	names := make([]string, 0, len(servers))
	for _, s := range servers {
		names = append(names, s.Name)
	}
	slices.Sort(names)
	have := "There is no server entry at all."
	if len(names) > 0 {
		have = "Server configuration exists for the following hostnames: " + strings.Join(names, ", ") + "."
	}
	r.mistake(r.spread, have+" Write server '"+host.FQDN+"', :ipaddress => '…', :role => '…'; copy the whole file to every host.",
		"No server configuration found for %q in %s", host.FQDN, r.file)
	return nil
}

func (r *reader) checkBootstrap(servers []Server) {
	var first *Server
	for i, s := range servers {
		switch {
		case !s.Bootstrap:
		case s.Role == Frontend:
			r.mistake(s.line, "Write :bootstrap => true on one backend instead.", "%s is a frontend and cannot be where the secrets are made", s.Name)
			first = &servers[i]
		case first != nil:
			r.mistake(s.line, "Keep :bootstrap => true on one backend alone.", "%s and %s would both make secrets, and they would differ", first.Name, s.Name)
		default:
			first = &servers[i]
		}
	}
	if first == nil && len(servers) > 0 {
		r.mistake(r.spread, "Write :bootstrap => true on one backend.", "no server is where the secrets are made")
	}
}

// checkAddresses refuses two entries with one address.
func (r *reader) checkAddresses(c *Config) {
	owner := map[netip.Addr]string{}
	if c.VIP != nil && c.VIP.Address.IsValid() {
		owner[c.VIP.Address] = "backend_vip"
	}
	for _, s := range c.Servers {
		if !s.Address.IsValid() {
			continue
		}
		if other, ok := owner[s.Address]; ok {
			r.mistake(s.line, "Give each its own.", "%s has the address %s of %s", s.Name, s.Address, other)
		}
		owner[s.Address] = s.Name
	}
}

// checkPair holds what two backends with one volume need.
func (r *reader) checkPair(c *Config) {
	var backends []Server
	for _, s := range c.Servers {
		if s.Role == Backend {
			backends = append(backends, s)
		}
	}
	if len(backends) != 2 {
		r.mistake(r.spread, "Write two server entries with :role => 'backend'.", "topology \"ha\" needs two backends, not %d", len(backends))
	}
	if c.VIP == nil {
		r.mistake(r.spread, "Write backend_vip 'NAME', :ipaddress => '…', :device => 'eth0'.", "topology \"ha\" needs backend_vip")
		return
	}
	if c.VIP.Device == "" {
		r.mistake(c.VIP.line, "Add :device => 'eth0', or whichever interface it shall be on.", "backend_vip has no device")
	}
	if c.VIP.Address.Is6() {
		r.mistake(c.VIP.line, "Give it an IPv4 address of the backends' subnet.",
			"backend_vip %s is IPv6: AssignPrivateIpAddresses, by which EC2 moves it, knows IPv4 alone", c.VIP.Address)
	}
	for _, s := range backends {
		if s.Address.Is6() {
			r.mistake(s.line, "Give its IPv4 address.", "%s has an IPv6 address: backends watch one another by IPv4", s.Name)
		}
	}
	if c.Role == Backend {
		r.checkSubnet(c)
	}
}

// checkSubnet refuses addresses that this host's network could not carry: that
// of the VIP, and that of a backend that it could not move to.
func (r *reader) checkSubnet(c *Config) {
	me := c.Me()
	i := slices.IndexFunc(r.env.Host.Addresses, func(p netip.Prefix) bool { return me != nil && p.Addr() == me.Address })
	if i < 0 {
		return
	}
	network := r.env.Host.Addresses[i].Masked()
	if vip := c.VIP.Address; vip.IsValid() && !network.Contains(vip) {
		r.mistake(c.VIP.line, "Give it an address of the backends' subnet.", "backend_vip %s is outside of %s, this host's network", vip, network)
	}
	for _, s := range c.Servers {
		if s.Role == Backend && s.Address.IsValid() && !network.Contains(s.Address) {
			r.mistake(s.line, "Put both backends into one subnet: backend_vip cannot move to another.", "%s (%s) is outside of %s, this backend's network", s.Name, s.Address, network)
		}
	}
}

// Me is the server entry of this host; nil on a standalone one.
func (c *Config) Me() *Server {
	i := slices.IndexFunc(c.Servers, func(s Server) bool { return c.Topology != Standalone && s.Name == c.Host })
	if i < 0 {
		return nil
	}
	return &c.Servers[i]
}
