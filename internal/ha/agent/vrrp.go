package agent

import (
	"context"
	"log/slog"
	"net"
	"sync"
	"time"

	"tournant/internal/ha"
	"tournant/internal/keepalived"
	"tournant/internal/systemd"
)

// watcher tells the machine what keepalived sees and what becomes of units
// without having been asked to.
type watcher struct {
	units   units
	files   keepalived.Files
	device  string
	silence time.Duration // keepalived's own, of a master
	log     *slog.Logger
	tell    func(ha.Event)

	// proven is when a heartbeat last proved that the volume is this host's, and guard has
	// systemd end a unit's main process unless it is called again within deadman; nil
	// where units end with the agent.
	proven  func() ha.Instant
	guard   func(pid int, within time.Duration) error
	deadman time.Duration
	told    map[string]ha.Instant // of proven, to guard

	busy    func(unit string) bool // something is being done to it
	stopped chan struct{}          // keepalived said STOP: look why

	mu      sync.Mutex
	words   uint64 // that keepalived said so far
	lastly  bool   // the last was STOP
	blinded bool   // what it says is not told any more
}

// listen hands on what keepalived writes to its FIFO, until ctx ends.
func (w *watcher) listen(ctx context.Context, l *keepalived.Listener) error {
	return l.Run(ctx, func(e keepalived.Event) {
		event, known := map[keepalived.State]ha.VRRPEvent{
			keepalived.Master: ha.VRRPMaster, keepalived.Backup: ha.VRRPBackup,
			keepalived.Fault: ha.VRRPFault, keepalived.Contested: ha.VRRPRxLower,
		}[e.State]
		w.log.Info("keepalived", "state", e.State, "priority", e.Priority)
		w.mu.Lock()
		defer w.mu.Unlock()
		w.words, w.lastly = w.words+1, !known
		if known {
			w.vrrp(event)
			return
		}
		select {
		case w.stopped <- struct{}{}:
		default: // it is being looked at
		}
	}, func(err error) { w.log.Warn("keepalived", "error", err) })
}

// said is how much keepalived said so far, and whether STOP was the last of it.
func (w *watcher) said() (words uint64, stop bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.words, w.lastly
}

// unless tells what was found out by a look at the unit, unless keepalived said
// something since: that is newer. It says whether it was told.
func (w *watcher) unless(since uint64, e ha.VRRPEvent) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.words != since {
		return false
	}
	w.vrrp(e)
	return true
}

// vrrp is called with mu held.
func (w *watcher) vrrp(e ha.VRRPEvent) {
	if !w.blinded {
		w.tell(ha.Event{Kind: ha.EventVRRP, VRRP: e})
	}
}

// blind has it tell nothing of keepalived any more. The units it goes on looking
// at: who lets go of what this node has still needs systemd to hear of heartbeats.
func (w *watcher) blind() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.blinded = true
}

const (
	// lookEvery is between two looks at the units.
	lookEvery = 500 * time.Millisecond

	// stopTakes is how long keepalived's unit may take to end after it said STOP.
	stopTakes = 2 * time.Second

	// settled is how long a keepalived must not have run to be taken for stopped
	// by an agent that starts: at boot it comes a little later.
	settled = 10 * time.Second
)

// watch looks at the units until ctx ends.
func (w *watcher) watch(ctx context.Context) {
	running := map[string]bool{}
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	w.current(ctx)
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.stopped:
			w.whyStopped(ctx)
		case <-looks.C:
			w.lookAt(ctx, running)
		}
	}
}

// lookAt tells of units that ran when they were last looked at and do not now.
func (w *watcher) lookAt(ctx context.Context, running map[string]bool) {
	for _, unit := range []string{unitPostgres, unitAPI, unitKeepalived} {
		words, _ := w.said()
		state, err := w.units.State(ctx, unit)
		if err != nil {
			w.log.Debug("ask for the state of a unit", "unit", unit, "error", err)
			continue
		}
		ran := running[unit]
		running[unit] = state.Active
		w.vouch(unit, state.PID)
		switch {
		case unit == unitKeepalived && !state.Active && (ran || state.Since > settled):
			running[unit] = !w.unless(words, ended(state)) // else it is looked at again
		case !ran || state.Active || w.busy(unit):
		case unit == unitPostgres:
			w.tell(ha.Event{Kind: ha.EventService, Service: ha.StartPostgres})
		case unit == unitAPI:
			w.tell(ha.Event{Kind: ha.EventService, Service: ha.StartAPI})
		}
	}
}

// vouch tells systemd of a heartbeat since it was last told: what uses the volume is to
// end though no agent is left to end it.
func (w *watcher) vouch(unit string, pid int) {
	if w.guard == nil || unit == unitKeepalived || pid == 0 {
		return
	}
	at := w.proven()
	if at <= w.told[unit] {
		return
	}
	if err := w.guard(pid, w.deadman); err != nil {
		w.log.Warn("systemd would not end this unit without the agent", "unit", unit, "error", err)
		return
	}
	w.told[unit] = at
}

// ended is what it means that keepalived does not run.
func ended(state systemd.State) ha.VRRPEvent {
	if state.Failed {
		return ha.VRRPCrashed
	}
	return ha.VRRPStop
}

// whyStopped finds out whether keepalived was stopped in good order: what is
// left of one that was killed writes STOP, too, and then it is started again. One
// that was restarted may be back before it was seen to be gone, and has said more.
func (w *watcher) whyStopped(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, stopTakes)
	defer cancel()
	for {
		words, stop := w.said()
		if !stop {
			return
		}
		state, err := w.units.State(ctx, unitKeepalived)
		if err == nil && !state.Active && w.unless(words, ended(state)) {
			return
		}
		select {
		case <-ctx.Done():
			w.unless(words, ha.VRRPCrashed)
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// current tells what an agent that starts can know of a keepalived that runs
// already: events tell of changes alone.
func (w *watcher) current(ctx context.Context) {
	words, _ := w.said()
	state, err := w.units.State(ctx, unitKeepalived)
	if err != nil || !state.Active {
		return // it will be looked at again
	}
	vrrp, err := w.files.Current()
	switch {
	case err != nil:
		w.log.Warn("what keepalived sees is not known until it changes", "error", err)
	case vrrp == keepalived.Master:
		w.unless(words, ha.VRRPMaster)
	case state.Since <= w.silence+time.Second: // it will say
	case up(w.device):
		w.unless(words, ha.VRRPBackup)
	default:
		w.unless(words, ha.VRRPFault)
	}
}

func up(device string) bool {
	nic, err := net.InterfaceByName(device)
	return err == nil && nic.Flags&net.FlagRunning != 0
}
