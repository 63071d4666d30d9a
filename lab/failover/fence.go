package failover

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
)

// Fences are what may be wrong with a primary's agent when its volume is taken
// away.
func Fences() map[string]func(context.Context, *cluster.Cluster, string) error {
	return map[string]func(context.Context, *cluster.Cluster, string) error{
		"alive":  nothing,
		"killed": killForGood,
		"frozen": fault("stop-agent"),
		// The kernel goes on for the machine: it answers whoever asks.
		"machine-frozen": fault("freeze"),
	}
}

// killForGood kills the agent and whoever would start it again.
func killForGood(_ context.Context, k *cluster.Cluster, name string) error {
	return k.KillForGood(name)
}

// A FenceResult is what left from the VIP of a primary that nobody writes to
// and whose volume is gone.
type FenceResult struct {
	Cut time.Time
	// LastBeat is when its last heartbeat was applied.
	LastBeat time.Time
	// LastFrame is the last that left from its VIP.
	LastFrame time.Time
	// Before is how many frames left within a second before the cut, Leased
	// between the cut and the end of the lease, Late after it.
	Before, Leased, Late int
}

func (r *FenceResult) String() string {
	return fmt.Sprintf("the last frame left %s after the cut and %s after the last heartbeat; %d frames in the second before the cut, %d within the lease, %d late",
		r.LastFrame.Sub(r.Cut).Round(time.Millisecond), r.LastFrame.Sub(r.LastBeat).Round(time.Millisecond), r.Before, r.Leased, r.Late)
}

// watch is how long a fenced primary is looked at.
const watch = 10 * time.Second

// Fence takes the volume away from an idle primary, whose peer is off, while
// clients read from it and knock at it: how is that its I/O fails, or that it hangs.
func Fence(ctx context.Context, o Options, how fakeec2.FaultName, agent func(context.Context, *cluster.Cluster, string) error) (_ *FenceResult, err error) {
	o.Cluster.Frontends = 0
	t, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close(context.WithoutCancel(ctx))) }()
	primary, err := t.begin(ctx)
	if err != nil {
		return nil, err
	}
	if err := t.Machine(cluster.Peer(primary)).PowerOff(ctx); err != nil {
		return nil, err
	}
	stop := t.pester(ctx)
	defer stop()
	r := &FenceResult{}
	if err := t.takeVolume(ctx, primary, r, how, agent); err != nil {
		return nil, err
	}
	select {
	case <-time.After(watch):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return r, t.judgeFence(primary, r)
}

// takeVolume ends the primary's I/O, and does to its agent what is to be done.
func (t *trial) takeVolume(ctx context.Context, primary string, r *FenceResult, how fakeec2.FaultName, agent func(context.Context, *cluster.Cluster, string) error) error {
	// Enough for what the clients read to be in caches.
	select {
	case <-time.After(2 * time.Second):
	case <-ctx.Done():
		return ctx.Err()
	}
	r.Cut = time.Now()
	// Also for attachments that come: the only backend would take it again.
	err := t.EC2.Inject(fakeec2.Fault{Name: how, Host: primary})
	return errors.Join(err, agent(ctx, t.Cluster, primary))
}

// pester has clients read from the VIP and knock at it, over and over, until what it
// returns is called.
func (t *trial) pester(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	client := t.client()
	for range 4 {
		all.Go(func() {
			for ctx.Err() == nil {
				t.read(ctx, client)
			}
		})
	}
	// What is refused is refused by the kernel, whatever stands still.
	all.Go(func() {
		for ctx.Err() == nil {
			t.knock(ctx)
		}
	})
	return func() { cancel(); all.Wait() }
}

// read is one request, which may fail.
func (t *trial) read(ctx context.Context, client *http.Client) {
	ctx, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	rq, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+cluster.VIP.String()+"/_tournant/ready", nil)
	if err != nil {
		return
	}
	answer, err := client.Do(rq)
	if err != nil {
		return
	}
	_ = answer.Body.Close()
}

// knock connects to a port that nobody listens on.
func (t *trial) knock(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if c, err := t.Network.Dial(ctx, cluster.Client, "tcp", cluster.VIP.String()+":9"); err == nil {
		_ = c.Close()
	}
}

func (t *trial) judgeFence(primary string, r *FenceResult) error {
	frames, err := t.frames()
	if err != nil {
		return err
	}
	log, err := t.volumeLog()
	if err != nil {
		return err
	}
	defer log.Close()
	beats, err := heartbeats(log)
	if err != nil {
		return err
	}
	if len(beats[primary]) == 0 {
		return fmt.Errorf("failover: %s never had a heartbeat", primary)
	}
	r.LastBeat = beats[primary][len(beats[primary])-1]
	for _, f := range frames[primary] {
		switch {
		case f.Time.Before(r.Cut) && f.Time.After(r.Cut.Add(-time.Second)):
			r.Before++
		case f.Time.After(r.LastBeat.Add(lease)):
			r.Late++
		case f.Time.After(r.Cut):
			r.Leased++
		}
		r.LastFrame = f.Time
	}
	return nil
}
