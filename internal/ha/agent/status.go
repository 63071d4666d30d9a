package agent

import (
	"time"

	"tournant/internal/ha"
	"tournant/internal/ha/control"
)

// view is what a document of ha-status is made from.
type view struct {
	cfg       *Config
	machine   ha.Status
	peer      bool // it answers
	now       ha.Instant
	wall      time.Time
	disk      string // the volume's device; "" for none
	suspect   bool   // ext4 noted errors in what was mounted
	nic       bool   // the interface of the VIP is there
	remaining time.Duration
}

func (v *view) document() *control.Status {
	m, s := &v.machine, &v.machine.Snapshot
	d := &control.Status{
		Host: v.cfg.Node.Name, Role: "backend", State: m.State.String(), Reason: m.Reason.String(),
		Epoch: s.Own.Epoch.Number, Since: v.wall.Add(-v.now.Sub(m.Since)).Truncate(time.Second),
		Volume:     control.Volume{ID: v.cfg.Volume, AttachedTo: v.holder(), Device: v.disk, Mounted: s.Local.Mounted, Suspect: v.suspect && s.Local.Mounted},
		VIP:        control.VIP{Address: v.cfg.VIP.String(), OnInterface: s.Local.Address, AssignedTo: v.assigned()},
		Keepalived: control.Keepalived{State: vrrpName(s.VRRP)},
		Peer:       control.Peer{Name: v.cfg.Peer.Name, Address: v.cfg.Peer.Address.Addr().String(), Reachable: v.peer},
		Lease:      control.Lease{Valid: v.remaining > 0, RemainingMS: v.remaining.Milliseconds()},
		Services:   map[string]string{"postgresql": serviceName(s.Local.Postgres), "tournant": serviceName(s.Local.API), "keepalived": running(s.Local.Keepalived)},

		Maintenance: s.Record.Maintenance, Held: s.Record.Held,
	}
	if v.peer {
		d.Peer.State = s.Peer.Report.State.String()
	}
	for _, t := range m.Troubles {
		d.Troubles = append(d.Troubles, control.Trouble{Action: t.Action.String(), Text: t.Text})
	}
	d.Checks = v.checks()
	d.OK = d.ExitCode() == 0
	return d
}

// holder is who has the volume, as far as this host knows.
func (v *view) holder() string {
	s := &v.machine.Snapshot
	switch {
	case s.Own.Attached || s.Local.Device:
		return v.cfg.Node.Name
	case v.peer && s.Peer.Report.Holds:
		return v.cfg.Peer.Name
	}
	return ""
}

func (v *view) assigned() string {
	s := &v.machine.Snapshot
	switch {
	case s.Own.Epoch.Number != 0 && s.Own.VIP:
		return v.cfg.Node.Name
	case v.peer && s.Peer.Report.State == ha.StatePrimary:
		return v.cfg.Peer.Name
	}
	return ""
}

func vrrpName(e ha.VRRPEvent) string {
	switch e {
	case ha.VRRPBackup:
		return "backup"
	case ha.VRRPMaster, ha.VRRPRxLower:
		return "master"
	case ha.VRRPFault:
		return "fault"
	case ha.VRRPStop:
		return "stopped"
	case ha.VRRPCrashed:
		return "crashed"
	case ha.VRRPUnknown:
	}
	return "unknown"
}

func serviceName(s ha.Service) string {
	switch s {
	case ha.Running:
		return "running"
	case ha.Unclear:
		return "unclear"
	case ha.Stopped:
	}
	return "stopped"
}

func running(is bool) string {
	if is {
		return serviceName(ha.Running)
	}
	return serviceName(ha.Stopped)
}
