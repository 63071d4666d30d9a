package cluster

import (
	"errors"
	"io"
	"os"
	"time"

	"tournant/lab/timeline"
)

// Lanes are what the backends, the volume and the VIP were so far.
func (k *Cluster) Lanes() ([]timeline.Lane, error) {
	var lanes []timeline.Lane
	for _, name := range Backends {
		changes, err := read(timeline.ReadAgent, func() (io.ReadCloser, error) { return k.machines[name].Log(Agent) })
		if err != nil {
			return nil, err
		}
		for _, at := range k.cutAt(name) {
			changes = timeline.Without(at, changes)
		}
		lanes = append(lanes, timeline.Lane{Name: name, What: "agent", Changes: changes})
	}
	writers, err := read(timeline.ReadVolume, func() (io.ReadCloser, error) { return os.Open(k.VolumeLog()) })
	if err != nil {
		return nil, err
	}
	vip := timeline.Lane{Name: "VIP", What: VIP.String()}
	for _, m := range k.EC2.Moves(VIP) {
		// Moves of before a jump of EC2's clock come out too early by it.
		vip.Changes = append(vip.Changes, timeline.Change{At: m.At.Add(-time.Duration(k.clock.ahead.Load())), To: m.Host})
	}
	return append(lanes, timeline.Lane{Name: "volume", What: "takes writes of", Changes: writers}, vip), nil
}

// read is nothing of a log that nobody has begun.
func read[T any](parse func(io.Reader) (T, error), open func() (io.ReadCloser, error)) (T, error) {
	f, err := open()
	if err != nil {
		var none T
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
		return none, err
	}
	defer f.Close()
	return parse(f)
}

// cutAt are the times at which a host's power was cut.
func (k *Cluster) cutAt(name string) []time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.cuts[name]
}
