package ha_test

import (
	"testing"
	"time"

	"tournant/internal/ha"
)

// A peer that fell silent as primary of an epoch may have a lease that it proved
// until AttachVolume said yes to us. It is waited out from there if ours is the
// next epoch, and from our epoch if anybody may have come between.
func TestTheOldLeaseCountsFromWhatIsCertain(t *testing.T) {
	for _, c := range []struct {
		name     string
		previous ha.Epoch
		given    bool
		want     time.Duration // of waiting after the epoch
	}{
		{"the peer's own", ha.Epoch{Number: 7, Mark: 9, Node: ha.Peer}, true, 2900 * time.Millisecond},
		{"a later one of the peer's", ha.Epoch{Number: 8, Mark: 9, Node: ha.Peer}, true, 3 * time.Second},
		{"one of ours, of a former life", ha.Epoch{Number: 7, Mark: 9, Node: ha.Self}, true, 3 * time.Second},
		{"none", ha.Epoch{}, true, 3 * time.Second},
		{"the peer's own, on a volume that was found attached", ha.Epoch{Number: 7, Mark: 9, Node: ha.Peer}, false, 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := start(t, ha.Record{}, ha.Local{Keepalived: true, Device: !c.given})
			h.vrrp(ha.VRRPMaster)
			h.questions(&ha.Report{Ready: true, Epoch: 7})
			if c.given {
				h.end(ha.Attach, ha.Result{})
			}
			h.now = h.now.Add(100 * time.Millisecond)
			h.end(ha.OpenDevice, ha.Result{})
			h.end(ha.TakeEpoch, ha.Result{Epoch: ha.Epoch{Number: c.previous.Number + 1, Mark: 1, Node: ha.Self}, Previous: c.previous})
			own := h.m.Status().Snapshot.Own
			if got := own.RivalAt.Add(config.Lease).Sub(h.now); got != c.want {
				t.Errorf("the lease of the former primary is waited out for %v after the epoch, want %v", got, c.want)
			}
		})
	}
}
