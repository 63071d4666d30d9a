package agent

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"tournant/internal/ha"
)

// playWorld is a host with a volume, EC2 and a peer, all of which do at once
// what they are told. It outlives agents.
type playWorld struct {
	mu     sync.Mutex
	local  ha.Local
	to     ha.Node // who has the volume
	epoch  uint64
	lease  bool
	done   []ha.Action
	hang   map[ha.Action]chan struct{} // these do not end before it is closed
	failed map[ha.Action]ha.Code
	peer   ha.Report
}

func newPlayWorld() *playWorld {
	return &playWorld{hang: map[ha.Action]chan struct{}{}, failed: map[ha.Action]ha.Code{}, local: ha.Local{Keepalived: true}, peer: ha.Report{Yields: true, Ready: true}}
}

func (w *playWorld) Do(_ context.Context, c *ha.Command) ha.Result {
	w.mu.Lock()
	hang := w.hang[c.Action]
	w.mu.Unlock()
	started := now()
	if hang != nil {
		<-hang
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done = append(w.done, c.Action)
	if code := w.failed[c.Action]; code != ha.OK {
		return ha.Result{Code: code, Started: started}
	}
	r := ha.Result{Started: started}
	w.act(c, &r)
	return r
}

func (w *playWorld) act(c *ha.Command, r *ha.Result) {
	l := &w.local
	switch c.Action {
	case ha.Observe:
		r.Local = *l
	case ha.AskPeer:
		r.Report = w.peer
	case ha.Describe:
		r.Attachment = ha.Attachment{To: w.to, Date: 1780000000}
	case ha.AuditVIP:
		r.Yes = true
	case ha.Attach:
		if w.to != ha.Nobody {
			r.Code = ha.InUse
			return
		}
		w.to, l.Device = ha.Self, true
	case ha.Detach, ha.ForceDetach:
		w.to, l.Device = ha.Nobody, false
	case ha.TakeEpoch:
		w.epoch++
		r.Epoch = ha.Epoch{Number: w.epoch, Mark: w.epoch, Node: ha.Self}
	case ha.Mount:
		l.Mounted = true
	case ha.Unmount, ha.UnmountLazily:
		l.Mounted = false
	case ha.StartPostgres:
		l.Postgres = ha.Running
	case ha.StopPostgres, ha.KillPostgres:
		l.Postgres = ha.Stopped
	case ha.StartAPI:
		l.API = ha.Running
	case ha.StopAPI, ha.KillAPI:
		l.API = ha.Stopped
	case ha.AddAddress:
		l.Address = true
	case ha.RemoveAddress:
		l.Address = false
	case ha.ConfirmLease:
		w.lease = true
	case ha.WithdrawLease:
		w.lease = false
	}
}

// with changes the world.
func (w *playWorld) with(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
}

// life is a loop that runs.
type life struct {
	*loop
	end   context.CancelFunc
	ended chan error
}

// quick are times that tests can wait for.
func quick() ha.Config {
	c := ha.DefaultConfig()
	c.HeartbeatEvery, c.Lease, c.VouchAge, c.Deadman = 200*time.Millisecond, time.Second, time.Second, 2*time.Second
	return c
}

// begin starts an agent's loop in a world.
func begin(t *testing.T, w world, clock func() ha.Instant) *life {
	t.Helper()
	l, err := newLoop(w, clock, func(*ha.Machine) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	a := &life{loop: l, end: cancel, ended: make(chan error, 1)}
	m, first := ha.New(quick(), rand.New(rand.NewPCG(1, 2)), ha.Record{}, clock())
	go func() { a.ended <- l.run(ctx, m, first) }()
	t.Cleanup(a.kill)
	l.tell(ctx, ha.Event{Kind: ha.EventVRRP, VRRP: ha.VRRPMaster})
	return a
}

// kill ends it as SIGKILL does: nothing is let go of.
func (a *life) kill() {
	a.end()
	<-a.done
}

// await waits until the machine is as wanted.
func (a *life) await(t *testing.T, what string, wanted func(*ha.Status) bool) ha.Status {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	for {
		var st ha.Status
		if err := a.ask(ctx, func(m *ha.Machine) { st = m.Status() }); err != nil {
			t.Fatalf("%s: %v; it was %s: %s, %+v", what, err, st.State, st.Reason, st.Troubles)
		}
		if wanted(&st) {
			return st
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s did not come: it is %s: %s, %+v", what, st.State, st.Reason, st.Troubles)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func serving(st *ha.Status) bool { return st.Reason == ha.ReasonServing }

func TestLoopMakesAPrimary(t *testing.T) {
	w := newPlayWorld()
	a := begin(t, w, now)
	a.await(t, "a primary", serving)
	w.with(func() {
		if want := (ha.Local{Device: true, Mounted: true, Postgres: ha.Running, API: ha.Running, Address: true, Keepalived: true}); w.local != want || !w.lease || w.epoch != 1 {
			t.Errorf("%+v, lease %v, epoch %d", w.local, w.lease, w.epoch)
		}
		order := slices.DeleteFunc(slices.Clone(w.done), func(a ha.Action) bool {
			return !slices.Contains([]ha.Action{ha.Attach, ha.TakeEpoch, ha.Mount, ha.StartPostgres, ha.StartAPI, ha.AddAddress}, a)
		})
		if want := []ha.Action{ha.Attach, ha.TakeEpoch, ha.Mount, ha.StartPostgres, ha.StartAPI, ha.AddAddress}; !slices.Equal(order, want) {
			t.Errorf("in the order %v, want %v", order, want)
		}
	})
}

// An agent that was killed leaves a primary behind. The next is standby first,
// ends what it finds, and takes the volume anew: with a new epoch.
func TestAgentThatIsKilledStartsFromWhatThereIs(t *testing.T) {
	w := newPlayWorld()
	first := begin(t, w, now)
	first.await(t, "a primary", serving)
	first.kill()
	begin(t, w, now).await(t, "the next primary", serving)
	w.with(func() {
		if w.epoch != 2 {
			t.Errorf("epoch %d, want 2", w.epoch)
		}
		killed := slices.Index(w.done, ha.KillPostgres)
		if killed < 0 || killed > slices.Index(w.done[killed:], ha.StartPostgres)+killed {
			t.Errorf("what the first had was not ended: %v", w.done)
		}
	})
}

// A volume that hangs holds up nobody but who waits for it.
func TestLoopTurnsWhileTheVolumeHangs(t *testing.T) {
	w := newPlayWorld()
	a := begin(t, w, now)
	a.await(t, "a primary", serving)
	hang := make(chan struct{})
	defer close(hang)
	w.with(func() { w.hang[ha.Heartbeat], w.hang[ha.UnmountLazily] = hang, hang })
	// The lease lapses by itself; then, in a deadman's time, the node fences itself,
	// and all the while it answers.
	a.await(t, "a lapsed lease", func(st *ha.Status) bool { return st.Reason == ha.ReasonLapsed })
	a.await(t, "a fence", func(st *ha.Status) bool { return st.State == ha.StateFenced })
	a.await(t, "the end of PostgreSQL", func(st *ha.Status) bool { return st.Snapshot.Local.Postgres == ha.Stopped })
	w.with(func() {
		if w.local.Address || w.lease {
			t.Errorf("the VIP is here: %v, leased: %v", w.local.Address, w.lease)
		}
	})
}

// A command without an answer is one with the answer that time is over, and
// what it finds out later is told, too.
func TestLoopTellsOfTime(t *testing.T) {
	w := newPlayWorld()
	hang := make(chan struct{})
	w.with(func() { w.hang[ha.AskPeer] = hang })
	a := begin(t, w, now)
	a.await(t, "a question that took too long", func(st *ha.Status) bool {
		return slices.ContainsFunc(st.Troubles, func(t ha.Trouble) bool { return t.Action == ha.AskPeer && t.Text == "no answer in time" })
	})
	w.with(func() { delete(w.hang, ha.AskPeer) })
	close(hang)
	a.await(t, "the answer", func(st *ha.Status) bool { return st.Snapshot.Peer.AnsweredAt != 0 && len(st.Troubles) == 0 })
	for late := 1; late > 0; {
		late = 0
		if err := a.ask(patience(t), func(*ha.Machine) {
			for _, f := range a.flights {
				if f.late {
					late++
				}
			}
		}); err != nil {
			t.Fatalf("%v: %d commands are still waited for that have ended", err, late)
		}
	}
}

// A process that was frozen does not act on what it knew before.
func TestFrozenCommandsAreNotExecuted(t *testing.T) {
	w := newPlayWorld()
	l, err := newLoop(w, func() ha.Instant { return 100 }, func(*ha.Machine) {})
	if err != nil {
		t.Fatal(err)
	}
	defer l.alarm.Close()
	for deadline, want := range map[ha.Instant]ha.Code{99: ha.Timeout, 100: ha.Timeout, 101: ha.OK} {
		w.done = nil
		r := l.do(t.Context(), &ha.Command{Action: ha.ForceDetachPeer, Deadline: deadline})
		if did := len(w.done) > 0; r.Code != want || did != (want == ha.OK) {
			t.Errorf("deadline %d: code %d, done %v", deadline, r.Code, did)
		}
	}
}

func TestAskingALoopThatDoesNotTurn(t *testing.T) {
	w := newPlayWorld()
	a := begin(t, w, now)
	blocked, free := make(chan struct{}), make(chan struct{})
	go func() { _ = a.ask(context.Background(), func(*ha.Machine) { close(blocked); <-free }) }()
	<-blocked
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := a.ask(ctx, func(*ha.Machine) { t.Error("it turns") }); !errors.Is(err, errNoLoop) {
		t.Errorf("got %v, want that it does not answer", err)
	}
	close(free)
	a.kill()
	if err := a.ask(t.Context(), func(*ha.Machine) {}); !errors.Is(err, errNoLoop) {
		t.Errorf("after its end: %v", err)
	}
	a.tell(t.Context(), ha.Event{}) // returns
}

// An ordered stop hands everything over, in the order of a release.
func TestLetGo(t *testing.T) {
	w := newPlayWorld()
	running := begin(t, w, now)
	running.await(t, "a primary", serving)
	a := &Agent{loop: running.loop, log: discard()}
	w.with(func() { w.done = nil })
	a.letGo(t.Context())
	w.with(func() {
		if w.local != (ha.Local{Keepalived: true}) || w.to != ha.Nobody || w.lease {
			t.Errorf("left: %+v, the volume is at %d, leased %v", w.local, w.to, w.lease)
		}
		for _, forced := range []ha.Action{ha.KillPostgres, ha.KillAPI, ha.UnmountLazily, ha.ForceDetach} {
			if slices.Contains(w.done, forced) {
				t.Errorf("%s in an ordered stop: %v", forced, w.done)
			}
		}
		if vip, db := slices.Index(w.done, ha.RemoveAddress), slices.Index(w.done, ha.StopPostgres); vip < 0 || db < vip {
			t.Errorf("the VIP was not the first to go: %v", w.done)
		}
	})
}

// A stop ends even if nothing lets go.
func TestLetGoIsBounded(t *testing.T) {
	w := newPlayWorld()
	running := begin(t, w, now)
	running.await(t, "a primary", serving)
	hang := make(chan struct{})
	defer close(hang)
	w.with(func() {
		for _, a := range []ha.Action{ha.StopAPI, ha.KillAPI, ha.UnmountLazily} {
			w.hang[a] = hang
		}
	})
	a := &Agent{loop: running.loop, log: discard()}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond) // as letGoWithin, and sooner
	defer cancel()
	a.letGo(ctx)
	if ctx.Err() == nil {
		t.Error("it was over before anything was let go of")
	}
}
