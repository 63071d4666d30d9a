package agent

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha"
	"tournant/internal/ha/control"
	"tournant/internal/ha/link"
)

const someSecret = config.Secret("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")

func someIdentity(t *testing.T, name string) *link.Identity {
	t.Helper()
	i, err := link.NewIdentity(name, someSecret)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// node is be1, which answers at an address over a loop in a world.
type node struct {
	*endpoint
	life *life
	at   netip.AddrPort
}

func newNode(t *testing.T, w world) *node {
	t.Helper()
	n := &node{life: begin(t, w, now)}
	status := func(ctx context.Context) (*control.Status, error) {
		v := standby()
		err := n.life.ask(ctx, func(m *ha.Machine) { v.machine = m.Status() })
		return v.document(), err
	}
	n.endpoint = &endpoint{cfg: someConfig(), identity: someIdentity(t, "be1"), loop: n.life.loop, now: now, status: status}
	l, err := n.identity.Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0"), netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	s := n.identity.NewServer(n.handler(), discard())
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	n.at = netip.MustParseAddrPort(l.Addr().String())
	return n
}

// by is be1 as a host asks it.
func (n *node) by(t *testing.T, name string) *link.Client {
	return someIdentity(t, name).NewClient("be1", n.at)
}

func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestEndpointOfAPrimary(t *testing.T) {
	w := newPlayWorld()
	n := newNode(t, w)
	n.life.await(t, "a primary", serving)
	var r link.Report
	if err := n.by(t, "be2").Get(patience(t), link.PathReport, &r); err != nil || r.State != "primary" || r.Epoch != 1 || !r.Holds || !r.Lease {
		t.Errorf("report %+v, %v", r, err)
	}
	nonce := link.NewNonce()
	var p link.Proof
	if err := n.by(t, "fe1").Get(patience(t), link.ProofFor(nonce), &p); err != nil {
		t.Fatal(err)
	}
	if err := someIdentity(t, "be2").Check(&p, "be1", nonce); err != nil || p.Epoch != 1 || p.Age() > quick().Lease {
		t.Errorf("proof %+v: %v", p, err)
	}
	var d control.Status
	if err := n.by(t, "be2").Get(patience(t), link.PathStatus, &d); err != nil || d.State != "primary" {
		t.Errorf("status %+v, %v", d, err)
	}
	if err := n.by(t, "be2").Post(patience(t), link.PathRelease, struct{}{}); err != nil {
		t.Errorf("the peer asks for the volume: %v", err)
	}
	n.life.await(t, "a hand-over", func(st *ha.Status) bool { return st.State == ha.StateStandby && st.Snapshot.Own.Epoch.Number == 0 })
	if err := n.by(t, "fe1").Get(patience(t), link.ProofFor(nonce), &p); !errors.Is(err, link.ErrNone) {
		t.Errorf("a proof of one that handed over: %v", err)
	}
}

func TestEndpointOfAStandby(t *testing.T) {
	w := newPlayWorld()
	w.peer = ha.Report{State: ha.StatePrimary, Holds: true, Lease: true, Epoch: 5}
	w.to = ha.Peer
	n := newNode(t, w)
	n.life.await(t, "a standby", func(st *ha.Status) bool { return st.Reason == ha.ReasonPeerPrimary })
	var refused *link.RefusedError
	if err := n.by(t, "be2").Post(patience(t), link.PathRelease, struct{}{}); !errors.As(err, &refused) || refused.Text != ha.ErrNotPrimary.Error() {
		t.Errorf("a release of what it has not: %v", err)
	}
	var p link.Proof
	if err := n.by(t, "fe1").Get(patience(t), link.ProofFor(link.NewNonce()), &p); !errors.Is(err, link.ErrNone) {
		t.Errorf("a proof of a standby: %+v, %v", p, err)
	}
	want := ha.Report{State: ha.StateDemoting, Holds: true, Epoch: 6}
	w.with(func() { w.peer = want })
	if err := n.by(t, "be2").Post(patience(t), link.PathReport, link.Sent(want)); err != nil {
		t.Fatal(err)
	}
	n.life.await(t, "what the peer told", func(st *ha.Status) bool { return st.Snapshot.Peer.Report == want })
}

func TestEndpointRefuses(t *testing.T) {
	n := newNode(t, newPlayWorld())
	long := strings.Repeat("x", link.BodyAtMost)
	for _, test := range []struct {
		asker, path string
		body        any
		want        string
	}{
		{"fe1", link.PathRelease, 1, "403"},
		{"fe1", link.PathReport, link.Sent(ha.Report{}), "403"},
		{"be2", link.PathReport, "no report", "400"},
		{"be2", link.PathReport, link.Report{State: "asleep"}, "400"},
		{"be2", link.PathReport, map[string]string{"state": long}, "413"},
		{"be2", "/v2/anything", 1, "404"},
		{"be2", link.PathProof, 1, "405"},
	} {
		if err := n.by(t, test.asker).Post(patience(t), test.path, test.body); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s posts to %s: %v, want %s", test.asker, test.path, err, test.want)
		}
	}
	if err := n.by(t, "fe1").Get(patience(t), link.PathProof+"?nonce=short", nil); err == nil || !strings.Contains(err.Error(), "400") {
		t.Errorf("a bad nonce: %v, want 400", err)
	}
}

// A node whose loop hangs answers nothing that could be taken for life.
func TestEndpointOfALoopThatHangs(t *testing.T) {
	n := newNode(t, newPlayWorld())
	blocked, free := make(chan struct{}), make(chan struct{})
	go func() { _ = n.life.ask(context.Background(), func(*ha.Machine) { close(blocked); <-free }) }()
	<-blocked
	defer close(free)
	for _, path := range []string{link.PathReport, link.ProofFor(link.NewNonce())} {
		if err := n.by(t, "be2").Get(patience(t), path, nil); err == nil || !strings.Contains(err.Error(), "503") {
			t.Errorf("%s: %v, want 503", path, err)
		}
	}
	if err := n.by(t, "be2").Post(patience(t), link.PathRelease, 1); err == nil || !strings.Contains(err.Error(), "503") {
		t.Errorf("release: %v, want 503", err)
	}
}

// fakeFrontends are frontends that answer vouches as told.
func fakeFrontends(t *testing.T, answers ...http.HandlerFunc) *peers {
	t.Helper()
	cfg := someConfig()
	cfg.Frontends = nil
	for i, answer := range answers {
		name := "fe" + string(rune('1'+i))
		id := someIdentity(t, name)
		l, err := id.Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0"), netip.Addr{})
		if err != nil {
			t.Fatal(err)
		}
		s := id.NewServer(answer, discard())
		go func() { _ = s.Serve(l) }()
		t.Cleanup(func() { s.Close() })
		cfg.Frontends = append(cfg.Frontends, Member{name, netip.MustParseAddrPort(l.Addr().String())})
	}
	p := newPeers(cfg, someIdentity(t, "be1"))
	p.frontendWithin = time.Minute // how fast this machine answers is not the matter
	t.Cleanup(p.close)
	return p
}

// vouching answers with a proof of be2 of an age, signed by a host.
func vouching(t *testing.T, by string, age time.Duration) http.HandlerFunc {
	id := someIdentity(t, by)
	return func(w http.ResponseWriter, r *http.Request) {
		var n link.Nonce
		if err := n.UnmarshalText([]byte(r.URL.Query().Get("nonce"))); err != nil || r.URL.Query().Get("node") != "be2" {
			http.Error(w, "not so", http.StatusBadRequest)
			return
		}
		link.Answer(w, id.Prove(n, 7, age))
	}
}

func none(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestVouches(t *testing.T) {
	old := someIdentity(t, "be2").Prove(link.NewNonce(), 7, 0)
	replay := func(w http.ResponseWriter, _ *http.Request) { link.Answer(w, old) }
	for what, test := range map[string]struct {
		frontends []http.HandlerFunc
		want      ha.Witness // without ProofAt
		age       time.Duration
	}{
		"no frontends":          {nil, ha.Witness{}, 0},
		"one that reaches it":   {[]http.HandlerFunc{vouching(t, "be2", 400*time.Millisecond), none}, ha.Witness{Asked: 2, Answered: 2, Vouched: true}, 400 * time.Millisecond},
		"the youngest counts":   {[]http.HandlerFunc{vouching(t, "be2", 2*time.Second), vouching(t, "be2", time.Second)}, ha.Witness{Asked: 2, Answered: 2, Vouched: true}, time.Second},
		"none reaches it":       {[]http.HandlerFunc{none, none}, ha.Witness{Asked: 2, Answered: 2}, 0},
		"too old":               {[]http.HandlerFunc{vouching(t, "be2", 3*time.Second)}, ha.Witness{Asked: 1, Answered: 1}, 0},
		"another's proof":       {[]http.HandlerFunc{vouching(t, "be1", 0)}, ha.Witness{Asked: 1}, 0},
		"a proof from before":   {[]http.HandlerFunc{replay}, ha.Witness{Asked: 1}, 0},
		"a frontend in trouble": {[]http.HandlerFunc{http.NotFound}, ha.Witness{Asked: 1}, 0},
	} {
		r := fakeFrontends(t, test.frontends...).vouch(patience(t))
		came := now()
		if got := r.Witness; got.Asked != test.want.Asked || got.Answered != test.want.Answered || got.Vouched != test.want.Vouched || r.Code != ha.OK {
			t.Errorf("%s: %+v, want %+v", what, got, test.want)
		}
		// Made no earlier than it was, and no later than now.
		if at := r.Witness.ProofAt; test.want.Vouched && (at < r.Started.Add(-test.age-2*time.Millisecond) || at > came.Add(-test.age)) {
			t.Errorf("%s: made at %v, asked at %v, answered by %v, %v old", what, at, r.Started, came, test.age)
		}
	}
}

// A frontend that is gone does not use up the time for which the word of the
// others counts.
func TestVouchesDoNotWaitForAFrontendThatIsGone(t *testing.T) {
	gone := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	p := fakeFrontends(t, gone, vouching(t, "be2", 0), none)
	p.frontendWithin = 3 * time.Second
	ctx := patience(t)
	if r := p.vouch(ctx); !r.Witness.Vouched || r.Witness.Asked != 3 || r.Witness.Answered != 2 || r.Code != ha.OK {
		t.Errorf("got %+v, want 2 of 3 answers and a vouch", r.Witness)
	}
	if ctx.Err() != nil {
		t.Error("waited until the question's time was over")
	}
	if least, counts := 500*time.Millisecond, ha.DefaultConfig().Confirm; frontendWithin <= least || frontendWithin > counts*2/3 {
		t.Errorf("a frontend is given %v: it may take %v itself, and what it says counts for %v", frontendWithin, least, counts)
	}
}

// The time that the question took counts against the proof.
func TestAVouchThatTookLong(t *testing.T) {
	p := fakeFrontends(t, vouching(t, "be2", 2*time.Second))
	at := now()
	times := []ha.Instant{at, at.Add(1100 * time.Millisecond)} // asked, answered
	p.now = func() ha.Instant {
		next := times[0]
		times = times[1:]
		return next
	}
	if r := p.vouch(patience(t)); r.Witness.Vouched || r.Witness.Answered != 1 {
		t.Errorf("%+v: 2 s old, and 1.1 s on its way", r.Witness)
	}
}

func TestControl(t *testing.T) {
	w := newPlayWorld()
	n := newNode(t, w)
	n.life.await(t, "a primary", serving)
	path := filepath.Join(t.TempDir(), "control.sock")
	if err := os.WriteFile(path, []byte("of a former agent"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := listenControl(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Mode()&os.ModeSocket == 0 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	s := n.newControl(discard())
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	c := control.NewClient(path)
	if d, err := c.Status(patience(t)); err != nil || d.State != "primary" {
		t.Errorf("status %+v, %v", d, err)
	}
	var refused *control.RefusedError
	if err := c.Ask(patience(t), control.MasterRecover); !errors.As(err, &refused) || refused.Text != ha.ErrPrimary.Error() {
		t.Errorf("master-recover of a primary: %v", err)
	}
	if err := c.Ask(patience(t), "reboot"); err == nil || !strings.Contains(err.Error(), "ha-failover") {
		t.Errorf("an unknown request: %v, want the known ones", err)
	}
	if err := c.Ask(patience(t), control.MaintenanceOn); err != nil {
		t.Error(err)
	}
	n.life.await(t, "maintenance, kept", func(st *ha.Status) bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return st.Snapshot.Record.Maintenance && slices.Contains(w.done, ha.Persist)
	})
	if err := c.Ask(patience(t), control.StopKeepalived); err != nil {
		t.Error(err)
	}
	n.life.await(t, "a hand-over", func(st *ha.Status) bool { return st.State == ha.StateStandby && !st.Snapshot.Local.Device })
	s.Close()
	if _, err := c.Status(patience(t)); !errors.Is(err, control.ErrNoAgent) {
		t.Errorf("without an agent: %v", err)
	}
}

func TestEveryRequestIsTheMachines(t *testing.T) {
	seen := map[ha.Request]bool{}
	for _, r := range control.Requests() {
		m := r.Machine()
		if m == ha.RequestNone || m == ha.RequestRelease || seen[m] {
			t.Errorf("%s is %d", r, m)
		}
		seen[m] = true
	}
}
