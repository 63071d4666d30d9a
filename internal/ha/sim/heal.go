package sim

import "tournant/internal/ha"

// heal ends a fault.
func (w *World) heal(i int) {
	f := &w.s.Faults[i]
	n := &w.nodes[w.s.struck[i]]
	w.quiet = max(w.quiet, w.now)
	if w.trace != nil {
		w.logf("HEAL  %s on be%d", f.Kind, n.id)
	}
	if !w.healHost(f, n) {
		w.healRest(f, n)
	}
}

func (w *World) healHost(f *Fault, n *node) bool {
	switch f.Kind {
	case PowerCut, InstanceStop, Reset, Reboot:
		w.disturb(true)
		w.cloud.stopped[n.id] = false
		w.cloud.remember(w)
		if f.Kind == Reboot && n.power {
			w.powerOff(n)
		}
		w.after(0, event{kind: evBoot, node: n.id})
	case HostFreeze, KeepalivedFreeze:
		w.disturb(true)
	case AgentFreeze:
		w.disturb(false)
		if int64(f.For) > 5*sec && n.alive {
			w.killAgent(n) // systemd's watchdog did
		}
	case PostgresFails:
		w.killPostgres(n)
	case Partition, Deaf, CutFrontends, Isolate, CutEC2:
		w.disturb(f.Kind != CutEC2)
		w.links(f, n, -1)
		if f.Kind == Isolate && !w.isolated(n) {
			w.linkUp(n)
		}
	case RootFull:
		n.rootFull = false
	case DataFull:
		w.nodes[0].dataFull, w.nodes[1].dataFull = false, false
	case WrongPostgres:
		n.wrongPostgres = false
	default:
		return false
	}
	return true
}

func (w *World) healRest(f *Fault, n *node) {
	switch f.Kind {
	case EC2Denies:
		w.cloud.denied[n.id] = false
	case EC2Stale:
		w.cloud.stale = 0
	case TornEpoch:
		w.vol.torn = false
	case FenceLeak:
		w.links(&Fault{Kind: Partition}, n, -1)
		w.disturb(true)
	case Stranger:
		if w.vol.holder == stranger {
			w.detached()
		}
	case StopKeepalived, BackupRecover:
		w.request(n, ha.RequestStartKeepalived)
	case Maintenance:
		w.request(n, ha.RequestMaintenanceOff)
	case FreezeInRenewal, FreezeTwice, FreezeAt, CrashAt, PowerCutAt:
		n.trap = trap{}
	}
}
