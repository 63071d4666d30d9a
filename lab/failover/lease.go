package failover

import (
	"fmt"
	"io"
	"slices"
	"time"

	"tournant/internal/storage"
	"tournant/lab/cluster"
	"tournant/lab/network"
	"tournant/lab/volume"
)

// lease is for how long a heartbeat lets packets leave, from its beginning.
const lease = 3 * time.Second

// heartbeats are, by host, the times at which a write to the epoch block was
// applied. A beat has begun before.
func heartbeats(log io.Reader) (map[string][]time.Time, error) {
	beats := map[string][]time.Time{}
	for e, err := range entries(log) {
		if err != nil {
			return nil, err
		}
		if appliedToEpoch(e) {
			beats[e.Instance] = append(beats[e.Instance], e.T)
		}
	}
	return beats, nil
}

// appliedToEpoch is whether something is a write to the epoch block that was applied.
func appliedToEpoch(e volume.Entry) bool {
	within := e.Offset >= cluster.EpochOffset && e.Offset < cluster.EpochOffset+storage.Copies*storage.BlockSize
	return e.Event == "" && e.OK && within
}

// pastLease tells of the frames that left later than any heartbeat before them
// allows. Beats are in their order.
func pastLease(frames []network.Frame, beats []time.Time) []string {
	var late []string
	for _, f := range frames {
		n, at := slices.BinarySearchFunc(beats, f.Time, time.Time.Compare)
		if at {
			n++
		}
		if n == 0 {
			late = append(late, fmt.Sprintf("%s: %s sent before any heartbeat: %v to %s", f.Time.Format(clock), f.Host, f.Protocol, f.Target))
			continue
		}
		if since := f.Time.Sub(beats[n-1]); since > lease {
			late = append(late, fmt.Sprintf("%s: %s sent %s after its heartbeat: %v to %s", f.Time.Format(clock), f.Host, since, f.Protocol, f.Target))
		}
	}
	return late
}

const clock = "15:04:05.000000"
