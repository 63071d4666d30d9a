package agent

import (
	"fmt"
	"slices"

	"tournant/internal/ha"
	"tournant/internal/ha/control"
)

// The exit codes of the original's ha-status.
const (
	exitStatus    = 2 // a failover is under way
	exitVIP       = 3
	exitProvider  = 4 // storage or address
	exitService   = 7
	exitInterface = 8
)

// checks are the original's, in its order and words, then ours.
func (v *view) checks() []control.Check {
	checks := []control.Check{
		{Name: "keepalived-enabled", OK: true, Text: "keepalived HA services enabled."},
		v.clusterCheck(), v.vipCheck(), v.nicCheck(), v.storageCheck(), v.ipCheck(),
	}
	s := &v.machine.Snapshot.Local
	return append(checks, v.serviceCheck("postgresql", s.Postgres), v.serviceCheck("tournant", s.API), v.keepalivedCheck(), v.ec2Check(), v.peerCheck())
}

// check has text if ok and otherwise if not.
func (v *view) check(name string, ok bool, code int, text, otherwise string) control.Check {
	if ok {
		return control.Check{Name: name, OK: true, Text: text}
	}
	return control.Check{Name: name, Code: code, Text: otherwise, Reason: v.machine.Reason.String()}
}

// because adds what the actions behind a check last failed with.
func (v *view) because(c control.Check, actions ...ha.Action) control.Check {
	if c.OK {
		return c
	}
	for _, t := range v.machine.Troubles {
		if slices.Contains(actions, t.Action) {
			c.Reason += fmt.Sprintf("; %s: %s", t.Action, t.Text)
		}
	}
	return c
}

func (v *view) master() bool { return v.machine.State == ha.StatePrimary }

func (v *view) clusterCheck() control.Check {
	const name = "cluster-status"
	inconsistent := func(requested, current string) control.Check {
		return v.check(name, false, exitStatus, "", fmt.Sprintf("inconsistent cluster status, requested: %s, current: %s, failover running?", requested, current))
	}
	switch v.machine.State {
	case ha.StatePrimary:
		return control.Check{Name: name, OK: true, Text: "cluster status = master"}
	case ha.StateStandby:
		return control.Check{Name: name, OK: true, Text: "cluster status = backup"}
	case ha.StatePromoting:
		return inconsistent("master", "backup")
	case ha.StateDemoting:
		return inconsistent("backup", "master")
	case ha.StateFenced:
	}
	return inconsistent("backup", "fault")
}

func (v *view) vipCheck() control.Check {
	const name = "vip"
	found := v.machine.Snapshot.Local.Address
	switch {
	case found && v.master():
		return control.Check{Name: name, OK: true, Text: "found VIP IP address and I am master"}
	case found:
		return v.check(name, false, exitVIP, "", "found VIP IP address and I am not master")
	case v.master():
		return v.check(name, false, exitVIP, "", "did not find VIP IP address and I am master")
	}
	return control.Check{Name: name, OK: true, Text: "did not find VIP IP address and I am not master"}
}

func (v *view) nicCheck() control.Check {
	c := v.check("interface", v.nic, exitInterface, "found VRRP communications interface "+v.cfg.Device,
		"VRRP communications interface "+v.cfg.Device+" not found.")
	if !c.OK {
		c.Reason = "backend_vip's :device in chef-server.rb must be one that `ip addr` shows"
	}
	return c
}

// storageCheck asks of a primary that the volume answers, of a standby that it
// uses nothing of it.
func (v *view) storageCheck() control.Check {
	l := &v.machine.Snapshot.Local
	ok := !l.Mounted
	if v.master() {
		ok = l.Mounted && v.remaining > 0 && !l.DataFull
	}
	return v.because(v.check("storage", ok, exitProvider, "storage backend status is OK", "storage backend status is not OK"),
		ha.OpenDevice, ha.TakeEpoch, ha.Mount, ha.Heartbeat, ha.RenewLease, ha.ConfirmLease, ha.Unmount, ha.UnmountLazily)
}

// ipCheck asks of a primary that EC2 has moved the address.
func (v *view) ipCheck() control.Check {
	ok := !v.master() || v.machine.Snapshot.Own.VIPSeen
	return v.because(v.check("ip", ok, exitProvider, "ip backend status is OK", "ip backend status is not OK"), ha.AssignVIP, ha.AuditVIP)
}

func (v *view) serviceCheck(name string, s ha.Service) control.Check {
	switch {
	case s == ha.Running && v.master():
		return control.Check{Name: name, OK: true, Text: name + " is running correctly, and I am master."}
	case v.master():
		c := v.check(name, false, exitService, "", name+" is not running correctly, and I am master.")
		return v.because(c, ha.StartPostgres, ha.StopPostgres, ha.KillPostgres, ha.StartAPI, ha.StopAPI, ha.KillAPI)
	case s == ha.Stopped:
		return control.Check{Name: name, OK: true, Text: name + " is not running, and I am not master."}
	}
	return v.check(name, false, exitService, "", name+" is running, and I am not master.")
}

func (v *view) keepalivedCheck() control.Check {
	c := v.check("keepalived", v.machine.Snapshot.Local.Keepalived, exitService, "keepalived is running.", "keepalived is not running.")
	if !c.OK {
		c.Reason = "chef-server-ctl start keepalived"
	}
	return c
}

// ec2Check is the self-test's: a standby finds out before it is needed.
func (v *view) ec2Check() control.Check {
	s := &v.machine.Snapshot.EC2
	c := v.check("ec2", s.FailingAt == 0, exitProvider, "EC2 answers and allows what a failover needs.", "EC2 does not answer or does not allow what a failover needs.")
	if !c.OK {
		c.Reason = "nothing can be taken over until it does"
	}
	return v.because(c, ha.SelfTest, ha.Describe, ha.Attach, ha.Detach, ha.AssignVIP)
}

func (v *view) peerCheck() control.Check {
	c := v.check("peer", v.peer, exitProvider, "the other backend answers.", "the other backend does not answer.")
	if !c.OK {
		c.Reason = fmt.Sprintf("%s (%s): is it up, is tournant-ha running there, may this host reach its port %d?", v.cfg.Peer.Name, v.cfg.Peer.Address.Addr(), v.cfg.Peer.Address.Port())
	}
	return c
}
