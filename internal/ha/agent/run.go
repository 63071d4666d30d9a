package agent

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"tournant/internal/ha"
)

// Run is the agent's life, until ctx ends; then what this node has is handed
// over or let go, which is bounded.
func (a *Agent) Run(ctx context.Context) error {
	defer a.close()
	record, err := a.executor.records.load()
	if err != nil {
		return err
	}
	machine, first := ha.New(a.cfg.Times, rand.New(newSource()), record, now()) //nolint:gosec // it spreads retries, no more
	// What serves goes on while the node is let go of.
	inner, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	group, inner := errgroup.WithContext(inner)
	group.Go(func() error { return a.loop.run(inner, machine, first) })
	group.Go(func() error { return a.watcher.listen(inner, a.fifo) })
	group.Go(func() error { a.watcher.watch(inner); return nil })
	group.Go(func() error { a.notifier.run(inner, a.log); return nil })
	group.Go(func() error {
		return serve(inner, a.endpoint.identity.NewServer(a.endpoint.handler(), a.log), a.peers)
	})
	group.Go(func() error { return serve(inner, a.endpoint.newControl(a.log), a.control) })
	group.Go(func() error {
		select {
		case <-inner.Done():
			return nil
		case <-ctx.Done():
		}
		a.watcher.blind() // keepalived ends with the host, and says nothing more that counts
		a.letGo(inner)
		stop()
		return nil
	})
	a.log.Info("agent started", "node", a.cfg.Node.Name, "peer", a.cfg.Peer.Name, "vip", a.cfg.VIP.String(), "volume", a.cfg.Volume, "version", a.cfg.Version)
	return group.Wait()
}

// serve answers at a listener until ctx ends.
func serve(ctx context.Context, s *http.Server, l net.Listener) error {
	defer context.AfterFunc(ctx, func() { _ = s.Close() })() // it ends what is in flight
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("answer at %s: %w", l.Addr(), err)
	}
	return nil
}

// letGoWithin is how long an ordered stop waits for the node to be let go of.
// Checkpoint, drain and detach take seconds; systemd gives 45.
const letGoWithin = 35 * time.Second

// letGo has the machine hand over, as if keepalived were stopped, and waits
// until nothing is left to give.
func (a *Agent) letGo(ctx context.Context) {
	a.log.Info("stopping: handing over what this node has")
	ctx, cancel := context.WithTimeout(ctx, letGoWithin)
	defer cancel()
	a.loop.tell(ctx, ha.Event{Kind: ha.EventVRRP, VRRP: ha.VRRPStop})
	for {
		var s ha.Snapshot
		err := a.loop.ask(ctx, func(m *ha.Machine) { s = m.Status().Snapshot })
		if err != nil || free(&s) {
			a.log.Info("stopped", "let_go", err == nil)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// free says that this node has nothing that the other could want.
func free(s *ha.Snapshot) bool {
	l := &s.Local
	used := l.Device || l.Mounted || l.Address || l.Postgres != ha.Stopped || l.API != ha.Stopped
	return s.LocalAt != 0 && !used && !s.Own.Attached && s.Own.Epoch.Number == 0
}

func newSource() rand.Source {
	var seed [16]byte
	_, _ = crand.Read(seed[:]) // never fails: see crypto/rand
	return rand.NewPCG(binary.LittleEndian.Uint64(seed[:8]), binary.LittleEndian.Uint64(seed[8:]))
}
