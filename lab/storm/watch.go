package storm

import (
	"slices"
	"sync"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
	"tournant/lab/timeline"
)

// A hold is an attachment of the volume: Since by EC2's clock.
type hold struct {
	host  string
	since time.Time
}

// A watch looks at EC2's own books over and over. Its history does not reach far enough
// back, and its clock goes ahead.
type watch struct {
	stop func()

	mu       sync.Mutex
	account  func() fakeec2.Status
	attached []hold
	vip      []timeline.Change
	// had is when each host had the volume last, by everybody's clock.
	had map[string]time.Time
}

// lookEvery is less than EC2 needs to move anything, where it takes time at all.
const lookEvery = 20 * time.Millisecond

func watchAccount(s *fakeec2.Server) *watch {
	w := &watch{account: s.Status, had: map[string]time.Time{}}
	stopping := make(chan struct{})
	var done sync.WaitGroup
	w.stop = sync.OnceFunc(func() { close(stopping); done.Wait() })
	w.look()
	done.Go(func() {
		ticks := time.NewTicker(lookEvery)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				w.look()
			case <-stopping:
				return
			}
		}
	})
	return w
}

func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	account := w.account()
	for _, v := range account.Volumes {
		if v.ID != cluster.VolumeID || v.Host == "" {
			continue
		}
		w.had[v.Host] = time.Now()
		if now := (hold{v.Host, v.Since}); len(w.attached) == 0 || w.attached[len(w.attached)-1] != now {
			w.attached = append(w.attached, now)
		}
	}
	has := ""
	for _, in := range account.Instances {
		if slices.Contains(in.Routed, cluster.VIP) {
			has = in.Name
		}
	}
	if len(w.vip) == 0 || w.vip[len(w.vip)-1].To != has {
		w.vip = append(w.vip, timeline.Change{At: time.Now(), To: has})
	}
}

// holds are all attachments so far.
func (w *watch) holds() []hold {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.attached)
}

// holder is who has the volume, or had it last.
func (w *watch) holder() string {
	w.look()
	all := w.holds()
	if len(all) == 0 {
		return ""
	}
	return all[len(all)-1].host
}

// lately says that a host has had the volume within the last d, by its own clock.
func (w *watch) lately(host string, d time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	at, ever := w.had[host]
	return ever && time.Since(at) <= d
}

// moves are where the network led the VIP.
func (w *watch) moves() []timeline.Change {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.vip)
}
