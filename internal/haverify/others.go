package haverify

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha/link"
	"tournant/internal/hastatus"
)

// askWithin bounds each question to another host.
const askWithin = 3 * time.Second

// others asks the other hosts as the agent does, which needs their ports and the
// secret that all share.
func (r *run) others(ctx context.Context) {
	identity, err := link.NewIdentity(r.Config.Host, r.Config.HA.SharedSecret)
	if err != nil {
		r.failed("secrets", "the secret by which hosts know each other is not here", err.Error(),
			"Run chef-server-ctl reconfigure on the bootstrap backend and copy all of its /etc/opscode to the other hosts.")
		return
	}
	r.identity = identity
	r.ask(ctx, "peer", r.peer, link.Port, link.PathReport, r.peer.Name+" answers at its port 4020",
		"Is it up, and does tournant-ha run there? Its security group must let this host reach TCP port 4020, and both must have the same /etc/opscode.")
	var https uint16
	if listen, err := netip.ParseAddrPort(r.Config.HTTP.Listen); err == nil {
		https = listen.Port()
	}
	for _, s := range r.Config.Servers {
		if s.Role == config.Frontend {
			r.ask(ctx, "frontend", s, https, link.VouchFor(r.peer.Name, link.NewNonce()), s.Name+" can say whether it reaches "+r.peer.Name,
				fmt.Sprintf("Is it up, and does tournant run there? Its security group must let this host reach TCP port %d, and it must have the same /etc/opscode.", https))
		}
	}
}

// ask asks for a document, or for none: an answer is all that counts.
func (r *run) ask(ctx context.Context, name string, s config.Server, port uint16, path, text, advice string) {
	client := r.identity.NewClient(s.Name, netip.AddrPortFrom(s.Address, port))
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, askWithin)
	defer cancel()
	var document struct{}
	if err := client.Get(ctx, path, &document); err != nil && !errors.Is(err, link.ErrNone) {
		r.failed(name, fmt.Sprintf("%s (%s) does not answer at port %d", s.Name, s.Address, port), err.Error(), advice)
		return
	}
	r.ok(name, text)
}

// vrrp wants one backend to be VRRP's master and the other to hear it.
func (r *run) vrrp(ctx context.Context) {
	const name = "vrrp"
	const advice = "Both security groups must let the other backend in by IP protocol 112 (VRRP), not ICMP alone; keepalived must run on both."
	here, err := r.Agent.Status(ctx)
	if err != nil {
		r.failed(name, "what keepalived sees is not known", err.Error(), "Run `chef-server-ctl start tournant-ha`.")
		return
	}
	there, err := hastatus.Ask(ctx, r.Config, r.peer)
	if err != nil {
		r.failed(name, "what keepalived sees on "+r.peer.Name+" is not known", err.Error(), "")
		return
	}
	switch a, b := here.Keepalived.State, there.Keepalived.State; {
	case a == "master" && b == "backup", a == "backup" && b == "master":
		r.ok(name, fmt.Sprintf("VRRP reaches the other backend: %s is %s, %s is %s", r.Config.Host, a, r.peer.Name, b))
	case a == "master" && b == "master":
		r.failed(name, "VRRP does not reach the other backend", "keepalived takes itself for master on both", advice)
	default:
		r.failed(name, "VRRP has no master", fmt.Sprintf("keepalived is %s on %s and %s on %s", a, r.Config.Host, b, r.peer.Name), advice)
	}
}
