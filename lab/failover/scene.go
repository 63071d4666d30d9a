package failover

import (
	"context"
	"errors"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/load"
)

// A Scene is a cluster under load, with all that looks at it, for who hurts it
// otherwise than by one row.
type Scene struct {
	*cluster.Cluster
	Load  *load.Load
	trial *trial
}

// Open begins one on a new cluster: all is well, and clients are at work.
func Open(ctx context.Context, o Options) (_ *Scene, err error) {
	t, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	s := &Scene{Cluster: t.Cluster, trial: t}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close(context.WithoutCancel(ctx)))
		}
	}()
	t.births = watchBirths(context.WithoutCancel(ctx), t.Cluster)
	if _, err := t.begin(ctx); err != nil {
		return nil, err
	}
	s.Load = load.Start(t.load)
	return s, nil
}

// Close ends the cluster.
func (s *Scene) Close(ctx context.Context) error {
	if s.trial.births != nil {
		s.trial.births.stop()
	}
	return s.Cluster.Close(ctx)
}

// Settled waits until one backend serves, which it names, the other is ready to, and
// all frontends take requests.
func (s *Scene) Settled(ctx context.Context) (string, error) {
	primary, err := s.trial.settled(ctx)
	if err != nil {
		return "", err
	}
	return primary, s.trial.awaitRoutes(ctx)
}

// Apart says what is not where it belongs at this moment: the VIP, the volume, a
// database.
func (s *Scene) Apart(ctx context.Context) ([]string, error) {
	var r Result
	err := s.trial.judgeHolder(ctx, &r)
	return r.Wrong, err
}

// Judge ends the load and the captures, and holds what all of them saw against what
// must be. r says when the first fault was, as its At.
func (s *Scene) Judge(ctx context.Context, h load.History, r *Result) error {
	r.hurt, r.end = r.At, time.Now()
	r.well = r.end
	r.measure(h)
	// The volume goes to and fro.
	return s.trial.judge(ctx, Row{Name: r.Row, Returns: true}, "", h, r)
}
