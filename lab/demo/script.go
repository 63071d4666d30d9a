package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tournant/internal/ha/control"
	"tournant/lab/cluster"
	"tournant/lab/load"
)

// play is all of it, act by act.
func (s *show) play(ctx context.Context) error {
	primary, err := s.comeUp(ctx)
	if err != nil {
		return fmt.Errorf("demo: the cluster did not come up: %w", err)
	}
	defer s.watch(ctx)()
	for _, act := range []func(context.Context, string) error{
		s.letFleetLoose, s.cutPower, s.switchOn, s.handOver, s.verify,
	} {
		if err := act(ctx, primary); err != nil {
			return fmt.Errorf("demo: %s: %w", s.board.look().Act, err)
		}
	}
	return nil
}

// comeUp ends with two backends that are as they should be, and names the primary.
func (s *show) comeUp(ctx context.Context) (string, error) {
	began := time.Now()
	s.board.act("1 of 6, a cluster", time.Time{}, say("Two backends share one volume, of which one can have it at a time. Two frontends ask whoever has it. Here they are %s.", s.Kind))
	var err error
	if s.Cluster, err = s.Open(ctx, s.board.tell); err != nil {
		return "", err
	}
	for _, name := range cluster.Backends {
		s.board.power(name, On)
	}
	stop := s.watch(ctx)
	defer stop()
	if s.Install != nil {
		if err := s.Install(ctx, s.Cluster, s.board.tell); err != nil {
			return "", err
		}
	}
	ctx, cancel := s.within(ctx)
	defer cancel()
	primary, err := s.settled(ctx)
	if err != nil {
		return "", err
	}
	if err := s.prepareFleet(ctx, primary); err != nil {
		return "", err
	}
	// EC2's clock goes on by a minute and a half: what was attached just now may
	// not be forced off for a minute, and nobody would want to wait.
	s.Age(90 * time.Second)
	s.report.Up = time.Since(began)
	s.board.tell("the cluster is up after " + brief(s.report.Up))
	return primary, nil
}

// settled waits until one backend serves and the other is ready to.
func (s *show) settled(ctx context.Context) (string, error) {
	primary, err := s.Primary(ctx)
	if err != nil {
		return "", err
	}
	return primary, s.AwaitStandby(ctx, cluster.Peer(primary))
}

// letFleetLoose, and look at it for a while.
func (s *show) letFleetLoose(ctx context.Context, primary string) error {
	s.report.began = time.Now()
	s.fleet = load.Start(s.load)
	s.report.unfollow = s.follow(ctx)
	cut := time.Now().Add(s.Steady)
	s.board.act("2 of 6, a fleet", cut, func(left time.Duration) string {
		return fmt.Sprintf("%d nodes run chef-client against the frontends. %s holds the volume and answers. In %.0f s its power is cut.", s.Nodes, primary, left.Seconds())
	})
	return s.look(ctx, time.Until(cut))
}

// cutPower of the primary, and wait until all are served again.
func (s *show) cutPower(ctx context.Context, primary string) error {
	other := cluster.Peer(primary)
	s.board.act("3 of 6, a power cut", time.Time{}, say("%s has lost its power: nothing was shut down, nothing written back. The frontends hold what they are asked. "+
		"%s makes sure that %[1]s is gone, takes the volume from it, and goes on.", primary, other))
	s.report.cut = time.Now()
	if err := s.switchPower(ctx, primary, Cut, s.PowerCut); err != nil {
		return err
	}
	if err := s.taken(ctx, other); err != nil {
		return err
	}
	s.board.act("3 of 6, a power cut", time.Time{}, say("%s answers, and the address leads to it. Whoever had asked in between has been answered by now, only later.", other))
	return s.look(ctx, s.Steady/2)
}

// taken waits until a backend is the primary and clients have noticed.
func (s *show) taken(ctx context.Context, by string) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	if err := s.Await(ctx, by, "primary", func(st *control.Status) bool { return st.State == "primary" && st.Lease.Valid }); err != nil {
		return err
	}
	return s.fleet.AwaitWrites(ctx, s.Nodes)
}

// switchOn the former primary: it has to take its place behind the other.
func (s *show) switchOn(ctx context.Context, former string) error {
	other := cluster.Peer(former)
	s.board.act("4 of 6, the return", time.Time{}, say("%s is switched on. It was the primary when it lost its power, and %s is now: %[1]s has to come back as standby, and touch nothing.", former, other))
	s.report.on = time.Now()
	if err := s.switchPower(ctx, former, On, s.PowerOn); err != nil {
		return err
	}
	settling, cancel := s.within(ctx)
	defer cancel()
	now, err := s.settled(settling)
	if err != nil {
		return err
	}
	if now != other {
		return fmt.Errorf("%s took the volume back from %s", now, other)
	}
	s.report.back = time.Now()
	return s.look(ctx, s.Steady/3)
}

// handOver from the primary of now to the one of the beginning, as an operator
// does before maintenance.
func (s *show) handOver(ctx context.Context, former string) error {
	now := cluster.Peer(former)
	s.board.act("5 of 6, a hand-over", time.Time{}, say("An operator types `chef-server-ctl stop keepalived` on %s, before maintenance. %s lets go of everything in order, and %s takes over.", now, now, former))
	s.report.stopped = time.Now()
	if err := s.Ask(ctx, now, control.StopKeepalived); err != nil {
		return err
	}
	if err := s.taken(ctx, former); err != nil {
		return err
	}
	s.report.handed = time.Now()
	s.board.act("5 of 6, a hand-over", time.Time{}, say("%s answers. The work on %s is done, and the operator types `chef-server-ctl start keepalived` there: it stands by again.", former, now))
	if err := s.Ask(ctx, now, control.StartKeepalived); err != nil {
		return err
	}
	settling, cancel := s.within(ctx)
	defer cancel()
	if _, err := s.settled(settling); err != nil {
		return err
	}
	return s.look(ctx, s.Steady/3)
}

// verify what the fleet was promised, and draw what happened.
func (s *show) verify(ctx context.Context, _ string) error {
	s.board.act("6 of 6, the truth", time.Time{}, say("The fleet stops. Now every write that was ever acknowledged is looked for, and the log of the volume is searched for a second writer."))
	s.report.end = time.Now()
	h := s.fleet.Stop()
	s.report.unfollow()
	ctx, cancel := s.within(ctx)
	defer cancel()
	found, err := load.Verify(ctx, s.load, h)
	if err != nil {
		return err
	}
	s.report.Load = found
	return errors.Join(s.checkVolume(), s.measure(h), s.draw(h))
}

// look at what goes on for a while.
func (s *show) look(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
