package ha_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"tournant/internal/ha"
)

// left is what an agent that was killed as primary leaves.
var left = ha.Local{Keepalived: true, Device: true, Mounted: true, Postgres: ha.Running, API: ha.Running, Address: true}

// served is the epoch that it had.
var served = ha.Epoch{Number: 7, Mark: 9, Node: ha.Self}

// again starts the agent of a primary that was killed.
func again(t *testing.T, record ha.Record, l ha.Local) *host {
	t.Helper()
	h := &host{t: t, now: at(0)}
	m, cmds := ha.New(config, rand.New(rand.NewPCG(1, 2)), record, h.now)
	h.m = m
	h.take(cmds)
	if _, lowers := h.running(ha.LowerPriority); lowers && record.Served.Number != 0 {
		t.Error("VRRP is told that this node is no primary before anybody looked")
	}
	h.end(ha.Observe, ha.Result{Local: l})
	return h
}

// What a former life left goes on, under a new epoch that follows the one it served
// under, and with a lease at once: nobody else can have one.
func TestAnAgentAdoptsWhatItsFormerLifeLeft(t *testing.T) {
	h := again(t, ha.Record{Served: served}, left)
	h.end(ha.OpenDevice, ha.Result{})
	if c, ok := h.running(ha.TakeEpoch); !ok || c.Epoch != served {
		t.Fatalf("takes the epoch %v, after %+v, want after %+v", ok, c.Epoch, served)
	}
	h.end(ha.TakeEpoch, ha.Result{Epoch: ha.Epoch{Number: 8, Mark: 1, Node: ha.Self}, Previous: served})
	h.questions(nil)
	if s := h.m.Status().Snapshot; s.Own.Valid <= h.now {
		t.Errorf("there is no lease right after the epoch: %+v", s.Own)
	}
	h.end(ha.AssignVIP, ha.Result{})
	for _, a := range []ha.Action{ha.KillPostgres, ha.StartPostgres, ha.KillAPI, ha.StartAPI, ha.UnmountLazily, ha.Mount, ha.RemoveAddress, ha.LowerPriority} {
		if _, ok := h.running(a); ok {
			t.Errorf("%v though everything ran", a)
		}
	}
	h.end(ha.AuditVIP, ha.Result{Yes: true})
	h.end(ha.RaisePriority, ha.Result{})
	h.questions(nil)
	if h.m.Reason() != ha.ReasonServing {
		t.Errorf("it is %v, because %q", h.m.State(), h.m.Reason())
	}
	if got := h.m.Status().Snapshot.Record.Served.Number; got != 8 {
		t.Errorf("the next life is to adopt epoch %d, want 8", got)
	}
}

// Where anything speaks against it, what is left is ended.
func TestNothingIsAdoptedBlindly(t *testing.T) {
	without := func(change func(*ha.Local)) ha.Local {
		l := left
		change(&l)
		return l
	}
	for _, c := range []struct {
		name   string
		record ha.Record
		local  ha.Local
	}{
		{"a life that never served", ha.Record{}, left},
		{"the volume is gone", ha.Record{Served: served}, without(func(l *ha.Local) { l.Device = false })},
		{"nothing is mounted", ha.Record{Served: served}, without(func(l *ha.Local) { l.Mounted = false })},
		{"an operator made it standby", ha.Record{Served: served, Held: true}, left},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := again(t, c.record, c.local)
			for _, a := range []ha.Action{ha.KillPostgres, ha.KillAPI, ha.RemoveAddress, ha.LowerPriority} {
				if _, ok := h.running(a); !ok {
					t.Errorf("no %v; it is %v, because %q", a, h.m.State(), h.m.Reason())
				}
			}
			if _, ok := h.running(ha.OpenDevice); ok {
				t.Error("it goes for the volume at once")
			}
		})
	}
}

// One that finds the epoch of another, or a volume that fails, ends everything.
func TestAForeignEpochIsNotAdopted(t *testing.T) {
	for _, code := range []ha.Code{ha.ForeignEpoch, ha.IOError} {
		h := again(t, ha.Record{Served: served}, left)
		h.end(ha.OpenDevice, ha.Result{})
		h.end(ha.TakeEpoch, ha.Result{Code: code})
		for _, a := range []ha.Action{ha.WithdrawLease, ha.RemoveAddress, ha.KillAPI, ha.KillPostgres, ha.UnmountLazily} {
			h.end(a, ha.Result{})
		}
		if s := h.m.Status().Snapshot; s.Own.Epoch.Number != 0 || s.Own.Adopt != 0 {
			t.Errorf("%v: %+v", code, s.Own)
		}
	}
}

// A peer that is primary says that it is: nothing is adopted beside it.
func TestNothingIsAdoptedBesideAPrimary(t *testing.T) {
	h := again(t, ha.Record{Served: served}, left)
	h.questions(&ha.Report{State: ha.StatePrimary, Epoch: 8, Holds: true, Lease: true})
	if _, ok := h.running(ha.KillPostgres); !ok {
		t.Errorf("it is %v, because %q", h.m.State(), h.m.Reason())
	}
}

// A volume that does not answer is not waited for longer than a primary may.
func TestAdoptionEnds(t *testing.T) {
	h := again(t, ha.Record{Served: served}, left)
	h.end(ha.OpenDevice, ha.Result{})
	h.pass(config.Deadman+time.Second, nil)
	if _, ok := h.running(ha.KillPostgres); !ok {
		t.Errorf("after %v it is %v, because %q", config.Deadman, h.m.State(), h.m.Reason())
	}
}

// An epoch of this node's own shortens no wait where its life did not serve under it: it
// may have waited for nothing.
func TestOnlyAnEpochThatServedEndedTheOldLease(t *testing.T) {
	for _, c := range []struct {
		name     string
		previous ha.Epoch
		alone    bool
	}{
		{"served", served, true},
		{"a later one of this node's", ha.Epoch{Number: 8, Mark: 3, Node: ha.Self}, false},
		{"the same number, taken by another life", ha.Epoch{Number: 7, Mark: 3, Node: ha.Self}, false},
		{"the peer's", ha.Epoch{Number: 8, Mark: 9, Node: ha.Peer}, false},
		{"none", ha.Epoch{}, false},
	} {
		h := start(t, ha.Record{Served: served}, ha.Local{Keepalived: true, Device: true})
		h.vrrp(ha.VRRPMaster)
		h.end(ha.OpenDevice, ha.Result{})
		h.end(ha.TakeEpoch, ha.Result{Epoch: ha.Epoch{Number: c.previous.Number + 1, Mark: 1, Node: ha.Self}, Previous: c.previous})
		if got := h.m.Status().Snapshot.Own.Alone; got != c.alone {
			t.Errorf("%s: the old lease is over: %v, want %v", c.name, got, c.alone)
		}
	}
}
