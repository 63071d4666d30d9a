package hastatus

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"tournant/internal/config"
	"tournant/internal/ha/control"
)

// frontend is what this frontend sees of the backends and of the VIP, which is
// what it needs of them.
func (v *View) frontend(ctx context.Context) *control.Status {
	c := v.Config
	s := &control.Status{
		Host: c.Host, Role: string(config.Frontend), Services: map[string]string{},
		Volume: control.Volume{ID: c.HA.VolumeID}, VIP: control.VIP{Address: c.VIP.Address.String()},
	}
	s.Checks = append(s.Checks, control.Check{Name: "keepalived-enabled", OK: true, Text: "this is a frontend: keepalived HA services are the backends'."})
	s.Checks = append(s.Checks, v.backends(ctx, s)...)
	s.Checks = append(s.Checks, v.primary(s))
	s.Checks = append(s.Checks, v.answers(ctx, "postgresql", "PostgreSQL", c.Database.Host, uint16(c.Database.Port)))
	s.Checks = append(s.Checks, v.unit(ctx, s, "tournant", UnitAPI))
	s.OK = s.ExitCode() == 0
	return s
}

// backends asks both, at the same time.
func (v *View) backends(ctx context.Context, s *control.Status) []control.Check {
	servers := Backends(v.Config)
	checks := make([]control.Check, len(servers))
	s.Backends = make([]control.Backend, len(servers))
	var wait sync.WaitGroup
	for i, b := range servers {
		wait.Go(func() {
			s.Backends[i] = control.Backend{Name: b.Name, Address: b.Address.String()}
			checks[i] = control.Check{Name: "backend", OK: true}
			d, err := Ask(ctx, v.Config, b)
			if err != nil {
				checks[i] = check("backend", false, exitProvider, "", b.Name+" does not answer.", err.Error()+
					": is it up, does tournant-ha run there, may this host reach its port 4020?")
				return
			}
			s.Backends[i].Reachable, s.Backends[i].State = true, d.State
			s.Backends[i].Epoch, s.Backends[i].Lease = d.Epoch, d.Lease.Valid
			checks[i].Text = fmt.Sprintf("%s answers and is %s: %s", b.Name, d.State, d.Reason)
		})
	}
	wait.Wait()
	return checks
}

// primary wants one backend that may answer from the VIP.
func (v *View) primary(s *control.Status) control.Check {
	for _, b := range s.Backends {
		if b.State == "primary" && b.Lease {
			s.VIP.AssignedTo, s.Volume.AttachedTo = b.Name, b.Name
			return control.Check{Name: "cluster-status", OK: true, Text: fmt.Sprintf("cluster status = %s is master, epoch %d", b.Name, b.Epoch)}
		}
	}
	return check("cluster-status", false, exitStatus, "", "neither backend is known to be master, failover running?",
		"requests wait here meanwhile; `chef-server-ctl ha-status` on the backends says how far they are")
}

// answers connects to a port at the VIP.
func (v *View) answers(ctx context.Context, name, what, host string, port uint16) control.Check {
	at := net.JoinHostPort(host, fmt.Sprint(port))
	if ip, err := netip.ParseAddr(host); err == nil {
		at = netip.AddrPortFrom(ip, port).String()
	}
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", at)
	if err == nil {
		_ = conn.Close() // nothing was said
		return control.Check{Name: name, OK: true, Text: what + " is reached at " + at + "."}
	}
	return check(name, false, exitVIP, "", what+" is not reached at "+at+".",
		fmt.Sprintf("%v: if a backend is primary, may this host reach the VIP's port %d?", err, port))
}
