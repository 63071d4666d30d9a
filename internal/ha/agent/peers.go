package agent

import (
	"context"
	"errors"
	"sync"
	"time"

	"tournant/internal/ha"
	"tournant/internal/ha/link"
)

// peers asks the other hosts.
type peers struct {
	identity  *link.Identity
	now       func() ha.Instant
	times     *ha.Config
	peer      *link.Client
	frontends []*link.Client

	frontendWithin time.Duration
}

// frontendWithin is how long one frontend is waited for. It answers within the
// half second that it gives the peer (see witness), also that it heard nothing.
// What all say counts for Config.Confirm since they were asked: one that is gone
// must not use that up, or a force has no time left in which it is allowed.
const frontendWithin = 600 * time.Millisecond

func newPeers(cfg *Config, identity *link.Identity) *peers {
	p := &peers{identity: identity, now: now, times: &cfg.Times, peer: identity.NewClient(cfg.Peer.Name, cfg.Peer.Address), frontendWithin: frontendWithin}
	for _, f := range cfg.Frontends {
		p.frontends = append(p.frontends, identity.NewClient(f.Name, f.Address))
	}
	return p
}

func (p *peers) report(ctx context.Context) (r ha.Result) {
	r.Started = p.now()
	var answer link.Report
	err := p.peer.Get(ctx, link.PathReport, &answer)
	if err == nil {
		r.Report, err = answer.Received()
	}
	if err != nil {
		r.Code, r.Text = ha.Unreachable, err.Error()
	}
	return r
}

func (p *peers) release(ctx context.Context) error {
	return p.peer.Post(ctx, link.PathRelease, struct{}{})
}

func (p *peers) tell(ctx context.Context, r ha.Report) error {
	return p.peer.Post(ctx, link.PathReport, link.Sent(r))
}

// vouch asks every frontend at once for the peer's proof of its lease.
func (p *peers) vouch(ctx context.Context) ha.Result {
	r := ha.Result{Started: p.now(), Witness: ha.Witness{Asked: len(p.frontends)}}
	var wait sync.WaitGroup
	var mu sync.Mutex
	for _, f := range p.frontends {
		wait.Go(func() {
			made, answered, vouched := p.askFrontend(ctx, f, r.Started)
			mu.Lock()
			defer mu.Unlock()
			if answered {
				r.Witness.Answered++
			}
			if vouched {
				r.Witness.Vouched, r.Witness.ProofAt = true, max(r.Witness.ProofAt, made)
			}
		})
	}
	wait.Wait()
	return r
}

// askFrontend returns when the peer's proof was made, by the clock here and no
// earlier than it was. The proof was signed after the question left, so that
// its heartbeat is at most as old as the question and its own age together: one
// that may be older than VouchAge vouches for nothing.
func (p *peers) askFrontend(ctx context.Context, f *link.Client, started ha.Instant) (made ha.Instant, answered, vouched bool) {
	ctx, cancel := context.WithTimeout(ctx, p.frontendWithin)
	defer cancel()
	nonce := link.NewNonce()
	var proof link.Proof
	err := f.Get(ctx, link.VouchFor(p.peer.Name(), nonce), &proof)
	came := p.now()
	switch {
	case errors.Is(err, link.ErrNone):
		return 0, true, false
	case err != nil:
		return 0, false, false
	case p.identity.Check(&proof, p.peer.Name(), nonce) != nil:
		return 0, false, false
	case came.Sub(started)+proof.Age() > p.times.VouchAge:
		return 0, true, false
	}
	return came.Add(-proof.Age()), true, true
}

func (p *peers) close() {
	p.peer.Close()
	for _, f := range p.frontends {
		f.Close()
	}
}

// codeOfPeer is what an error of a request to the peer means to the machine.
func codeOfPeer(err error) ha.Code {
	var refused *link.RefusedError
	switch {
	case err == nil:
		return ha.OK
	case errors.As(err, &refused):
		return ha.Refused
	}
	if code, over := codeOfTime(err); over {
		return code
	}
	return ha.Unreachable
}
