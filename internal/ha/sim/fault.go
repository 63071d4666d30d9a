package sim

import (
	"time"

	"tournant/internal/ha"
)

// FaultKind is something that goes wrong, or that an operator does.
type FaultKind uint8

// The faults.
const (
	Failover FaultKind = iota
	StopKeepalived
	PowerCut
	InstanceStop
	Reboot
	Reset
	HostFreeze
	AgentFreeze
	AgentKill
	KeepalivedKill
	KeepalivedFreeze
	PostgresKill
	PostgresFails
	APIKill
	Partition
	Deaf
	CutFrontends
	Isolate
	CutEC2
	EC2Broken
	EC2Throttles
	EC2Loses
	EC2Denies
	EC2Stale
	DetachStuck
	AttachStuck
	WrongDevice
	Stall
	VolumeEIO
	LateIO
	TornEpoch
	Stranger
	DataFull
	RootFull
	ClockJump
	VIPStolen
	VIPStray
	FreezeInRenewal
	FreezeTwice
	FreezeAt
	CrashAt
	PowerCutAt
	FenceLeak
	WrongPostgres
	Maintenance
	BackupRecover
	MasterRecover

	faultKinds
)

var faultNames = [faultKinds]string{
	"failover", "stop-keepalived", "power-cut", "instance-stop", "reboot", "reset", "host-freeze", "agent-freeze",
	"agent-kill", "keepalived-kill", "keepalived-freeze", "postgres-kill", "postgres-fails", "api-kill", "partition",
	"deaf", "cut-frontends", "isolate", "cut-ec2", "ec2-broken", "ec2-throttles", "ec2-loses", "ec2-denies", "ec2-stale",
	"detach-stuck", "attach-stuck", "wrong-device", "stall", "volume-eio", "late-io", "torn-epoch", "stranger",
	"data-full", "root-full", "clock-jump", "vip-stolen", "vip-stray", "freeze-in-renewal", "freeze-twice", "freeze-at", "crash-at",
	"power-cut-at", "fence-leak", "wrong-postgres", "maintenance", "backup-recover", "master-recover",
}

func (k FaultKind) String() string { return faultNames[k] }

// Target is whom a fault strikes.
type Target uint8

// The targets; the last two are resolved when the fault starts.
const (
	First Target = iota
	Second
	OnPrimary
	OnStandby
)

func (t Target) String() string { return [...]string{"be0", "be1", "the primary", "the standby"}[t] }

// Fault is one line of a schedule.
type Fault struct {
	Kind   FaultKind
	Target Target
	At     time.Duration
	For    time.Duration // 0: it does not end, or has no length
	Action ha.Action     // FreezeAt, CrashAt, PowerCutAt
	Late   bool          // FreezeAt and its like: at the action's second stage
}

// trap strikes a node when it is in the middle of an action.
type trap struct {
	kind   FaultKind
	action ha.Action
	stage  uint8
	length int64
	then   int64 // FreezeTwice: how long the second freeze is
}

func (w *World) target(t Target) *node {
	holder := max(w.vol.holder, 0)
	if w.vol.holder == stranger {
		holder = 0
	}
	switch t {
	case OnPrimary:
		return &w.nodes[holder]
	case OnStandby:
		return &w.nodes[1-holder]
	}
	return &w.nodes[t]
}

// link cuts or restores links.
func (w *World) link(from, to int, d int) { w.cut[from][to] = uint8(int(w.cut[from][to]) + d) }

func (w *World) links(f *Fault, n *node, d int) {
	a, b := int(n.id), int(1-n.id)
	switch f.Kind {
	case Partition:
		w.link(a, b, d)
		w.link(b, a, d)
	case Deaf:
		w.link(b, a, d)
	case CutEC2:
		w.link(a, ec2, d)
		w.link(ec2, a, d)
	case CutFrontends, Isolate:
		for _, fe := range [...]int{fe0, fe1} {
			w.link(a, fe, d)
			w.link(fe, a, d)
		}
	}
	if f.Kind == Isolate {
		for _, h := range [...]int{b, ec2} {
			w.link(a, h, d)
			w.link(h, a, d)
		}
		w.link(a, a, d)
	}
}

// fault starts a fault.
func (w *World) fault(i int) {
	f := &w.s.Faults[i]
	n := w.target(f.Target)
	w.s.struck[i] = n.id
	w.quiet = max(w.quiet, w.now)
	w.stats.Faults[f.Kind]++
	if w.trace != nil {
		w.logf("FAULT %s on be%d for %v", f.Kind, n.id, f.For)
	}
	until := w.now + int64(f.For)
	if f.For > 0 {
		w.at(until, event{kind: evHeal, arg: int32(i)})
	}
	switch {
	case w.faultOnHost(f, n, until), w.faultOnEC2(f, n, until), w.faultOnVolume(f, n, until):
	default:
		w.order(f, n)
	}
}

// disturb notes that agents, and maybe keepaliveds, may not reach each other as
// before.
func (w *World) disturb(vrrp bool) {
	w.tcpAt = w.now
	if vrrp {
		w.adsAt = w.now
	}
}

func (w *World) faultOnHost(f *Fault, n *node, until int64) bool {
	switch f.Kind {
	case PowerCut, InstanceStop, Reset:
		w.disturb(true)
		stopped := f.Kind == InstanceStop || !n.power && w.cloud.stopped[n.id]
		if n.power {
			w.powerOff(n)
		}
		w.cloud.stopped[n.id] = stopped
		w.cloud.remember(w)
	case Reboot:
		w.disturb(true)
		w.stopKeepalived(n)
		w.at(w.now+min(int64(f.For)/2, 10*sec), event{kind: evPower, node: n.id, inc: n.boot})
	case HostFreeze:
		w.disturb(true)
		n.frozen = max(n.frozen, until)
	case AgentFreeze:
		w.disturb(false)
		n.agentFrozen = max(n.agentFrozen, until)
		w.guard(n)
	case AgentKill:
		w.disturb(false)
		w.killAgent(n)
	case KeepalivedKill:
		w.disturb(true)
		w.crashKeepalived(n)
	case KeepalivedFreeze:
		w.disturb(true)
		n.ka.frozen = max(n.ka.frozen, until)
	case PostgresKill, PostgresFails:
		w.killPostgres(n)
	case APIKill:
		w.killAPI(n)
	case Partition, Deaf, CutFrontends, Isolate, CutEC2:
		w.disturb(f.Kind != CutEC2)
		w.links(f, n, 1)
		if f.Kind == Isolate {
			w.linkDown(n)
		}
	case FreezeTwice: // each half of a renewal is late
		n.trap = trap{kind: f.Kind, action: ha.RenewLease, stage: 1, length: w.between(500*ms, 2500*ms), then: int64(f.For)}
	case FreezeInRenewal, FreezeAt, CrashAt, PowerCutAt:
		stage := uint8(1)
		if f.Late {
			stage = 2
		}
		n.trap = trap{kind: f.Kind, action: f.Action, stage: stage, length: int64(f.For)}
	case RootFull:
		n.rootFull = true
	case DataFull:
		w.nodes[0].dataFull, w.nodes[1].dataFull = true, true
	case WrongPostgres:
		n.wrongPostgres = true
	case VIPStray:
		n.addr, n.stray = true, true
	default:
		return false
	}
	return true
}

func (w *World) faultOnEC2(f *Fault, n *node, until int64) bool {
	c := &w.cloud
	switch f.Kind {
	case EC2Broken:
		c.broken = until
	case EC2Throttles:
		c.throttle = until
	case EC2Loses:
		c.lossy = until
	case EC2Denies:
		c.denied[n.id] = true
	case EC2Stale:
		c.stale = w.between(sec, 45*sec) // Config.Stale says a minute
	case ClockJump:
		c.skewed[n.id] = true
	case DetachStuck:
		c.stuck = until
	case AttachStuck:
		c.noDevice = until
	case WrongDevice:
		n.misdevice = until
	case VIPStolen:
		w.moveVIP(1 - n.id)
	default:
		return false
	}
	return true
}

func (w *World) faultOnVolume(f *Fault, n *node, until int64) bool {
	v := &w.vol
	switch f.Kind {
	case Stall:
		v.stall = max(v.stall, until)
	case VolumeEIO:
		v.eio = max(v.eio, until)
	case LateIO:
		n.lateIO = max(n.lateIO, until)
	case TornEpoch:
		v.torn = true
	case FenceLeak:
		v.leakUntil = until
		w.links(&Fault{Kind: Partition}, n, 1)
		w.disturb(true)
	case Stranger:
		if v.holder != nobody {
			v.forced = true
			w.detached()
		}
		v.holder, v.attachedAt = stranger, w.now
		v.gen++
		w.cloud.remember(w)
	default:
		return false
	}
	return true
}

// order is what an operator types.
func (w *World) order(f *Fault, n *node) {
	switch f.Kind {
	case Failover:
		w.request(n, ha.RequestFailover)
	case StopKeepalived:
		w.request(n, ha.RequestStopKeepalived)
	case Maintenance:
		w.request(n, ha.RequestMaintenanceOn)
	case BackupRecover:
		w.request(n, ha.RequestBackupRecover)
	case MasterRecover:
		w.over = true
		w.request(n, ha.RequestMasterRecover)
	}
}

func (w *World) request(n *node, r ha.Request) {
	if w.answers(n) {
		w.handle(n, &ha.Event{Kind: ha.EventRequest, Request: r})
	}
}

func (w *World) killPostgres(n *node) {
	if n.pg.state == ha.Running {
		w.panics(n)
	}
}

func (w *World) killAPI(n *node) {
	if n.api == ha.Running && n.alive {
		n.api = ha.Unclear
		w.after(5*ms, event{kind: evService, node: n.id, arg: int32(ha.StartAPI), inc: n.life})
	}
}

// spring is a trap that closes.
func (w *World) spring(n *node, a ha.Action, stage uint8) {
	t := &n.trap
	if t.action != a || t.stage != stage || a == ha.ActionNone {
		return
	}
	if w.trace != nil {
		w.logf("TRAP %s on be%d in %s", t.kind, n.id, a)
	}
	w.quiet = max(w.quiet, w.now+t.length)
	w.disturb(true)
	kind, length, then := t.kind, t.length, t.then
	*t = trap{}
	if then > 0 {
		*t = trap{kind: kind, action: ha.ConfirmLease, stage: 1, length: then}
	}
	switch kind {
	case CrashAt:
		w.killAgent(n)
	case PowerCutAt:
		w.powerOff(n)
		w.after(length, event{kind: evBoot, node: n.id})
	default:
		n.frozen = max(n.frozen, w.now+length)
		w.tcpAt, w.adsAt = n.frozen, n.frozen
	}
}
