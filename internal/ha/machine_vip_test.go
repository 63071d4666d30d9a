package ha_test

import (
	"testing"
	"time"

	"tournant/internal/ha"
)

// EC2 takes seconds to move the VIP, and as long to attach the volume: the two
// go beside each other, and what was given is not asked for again.
func TestTheVIPMovesBesideTheVolume(t *testing.T) {
	h := start(t, ha.Record{}, ha.Local{Keepalived: true})
	h.vrrp(ha.VRRPMaster)
	h.questions(&ha.Report{Ready: true})
	h.wantNo(ha.AssignVIP)
	h.end(ha.Attach, ha.Result{})
	h.want(ha.StatePromoting, ha.ReasonDevice)
	h.end(ha.AssignVIP, ha.Result{})
	h.end(ha.OpenDevice, ha.Result{})
	h.end(ha.TakeEpoch, ha.Result{Epoch: ha.Epoch{Number: 1, Mark: 1, Node: ha.Self}})
	for _, a := range []ha.Action{ha.Mount, ha.StartPostgres, ha.StartAPI} {
		h.wantNo(ha.AddAddress)
		h.end(a, ha.Result{})
	}
	h.wantNo(ha.AssignVIP)
	h.end(ha.AddAddress, ha.Result{})
}

// A node that found the volume attached does not know whose the VIP is by right:
// it asks once it has the epoch and its services are up.
func TestAVolumeThatWasFoundMovesNoVIP(t *testing.T) {
	h := start(t, ha.Record{}, ha.Local{Keepalived: true, Device: true})
	h.vrrp(ha.VRRPMaster)
	h.questions(&ha.Report{Ready: true})
	h.want(ha.StatePromoting, ha.ReasonDevice)
	h.wantNo(ha.AssignVIP)
	h.end(ha.OpenDevice, ha.Result{})
	h.end(ha.TakeEpoch, ha.Result{Epoch: ha.Epoch{Number: 1, Mark: 1, Node: ha.Self}})
	for _, a := range []ha.Action{ha.Mount, ha.StartPostgres, ha.StartAPI} {
		h.wantNo(ha.AssignVIP)
		h.end(a, ha.Result{})
	}
	h.want(ha.StatePromoting, ha.ReasonVIPAssigning)
	h.end(ha.AssignVIP, ha.Result{})
	h.pass(time.Millisecond, &ha.Report{Ready: true})
}

// The VIP that went with a volume which was lost again does not count for the
// next taking.
func TestTheNextTakingAsksForTheVIPAnew(t *testing.T) {
	h := start(t, ha.Record{}, ha.Local{Keepalived: true})
	h.vrrp(ha.VRRPMaster)
	h.questions(&ha.Report{Ready: true})
	h.end(ha.Attach, ha.Result{})
	h.end(ha.AssignVIP, ha.Result{})
	h.end(ha.OpenDevice, ha.Result{})
	h.end(ha.TakeEpoch, ha.Result{Code: ha.IOError})
	for range 100 {
		h.pass(time.Second, &ha.Report{Ready: true})
		if _, ok := h.running(ha.Detach); ok {
			h.end(ha.Detach, ha.Result{})
		}
		if _, ok := h.running(ha.Attach); ok {
			h.end(ha.Attach, ha.Result{})
			break
		}
	}
	if _, ok := h.running(ha.AssignVIP); !ok {
		t.Fatalf("the VIP is not asked for with the second volume: %v, because %q; open: %v", h.m.State(), h.m.Reason(), h.open)
	}
}

// The answer to AttachVolume came to a node that was frozen while the volume went
// on to its peer, which has the VIP since.
func TestAnOldYesMovesNoVIP(t *testing.T) {
	h := start(t, ha.Record{}, ha.Local{Keepalived: true})
	h.vrrp(ha.VRRPMaster)
	h.questions(&ha.Report{Ready: true})
	h.now = h.now.Add(3 * time.Second)
	h.end(ha.Attach, ha.Result{})
	h.want(ha.StatePromoting, ha.ReasonDevice)
	h.wantNo(ha.AssignVIP)
}
