package storm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"tournant/lab/failover"
	"tournant/lab/load"
)

// Options say what storm it is.
type Options struct {
	failover.Options
	Seed uint64
	// Length is how long gusts begin; what has begun is ended.
	Length time.Duration
	// Out is told what happens, a line at a time.
	Out io.Writer
}

// A storm is under way.
type storm struct {
	Options
	*failover.Scene
	schedule *Schedule
	watch    *watch
	record   *Record
	// seen is how many requests were finished by the last gust.
	seen int
}

// wellWithin is the time in which somebody has to serve once all is mended: one healthy
// backend that reaches EC2 needs no longer (I5 of the invariants).
const wellWithin = 60 * time.Second

// settledWithin is the time for all the rest to be well: a standby that is ready, all
// frontends. A volume that failed on a host is avoided there for up to a minute.
const settledWithin = 2 * time.Minute

// errUnwell ends a storm: nothing more can be told of a cluster that does not recover.
var errUnwell = errors.New("the cluster does not recover")

// Run lets a storm loose on a new cluster and judges what came of it. The error is for what
// did not come about at all; what came about wrongly is in the Record. A ctx that ends
// ends the storm: what was until then is judged.
func Run(ctx context.Context, o Options) (_ *Record, err error) {
	s := &storm{Options: o, schedule: NewSchedule(o.Seed)}
	s.Options.Cluster.Seed = o.Seed
	if s.Scene, err = failover.Open(ctx, s.Options.Options); err != nil {
		return nil, err
	}
	whole := context.WithoutCancel(ctx)
	defer func() { err = errors.Join(err, s.Close(whole)) }()
	s.watch = watchAccount(s.EC2)
	defer s.watch.stop()
	s.record = &Record{Result: failover.Result{Row: "storm", Seed: o.Seed, At: time.Now()}}
	s.tell("seed %d: %s until %s", o.Seed, o.Length, s.record.At.Add(o.Length).Format(time.TimeOnly))
	for ctx.Err() == nil && time.Since(s.record.At) < o.Length {
		if err = s.blow(ctx, s.schedule.Next()); err != nil {
			break
		}
	}
	if err != nil && !errors.Is(err, errUnwell) && ctx.Err() == nil {
		return nil, err
	}
	return s.record, s.end(whole)
}

// tell is one line of progress.
func (s *storm) tell(format string, args ...any) {
	now := time.Now()
	fmt.Fprintf(s.Out, "%s +%s  %s\n", now.Format(time.TimeOnly), mmss(now.Sub(s.record.At)), fmt.Sprintf(format, args...))
}

func mmss(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// end calms everything, and judges.
func (s *storm) end(ctx context.Context) error {
	s.tell("the storm is over; judging")
	if err := s.Heal(ctx); err != nil {
		return err
	}
	calming, cancel := context.WithTimeout(ctx, settledWithin)
	defer cancel()
	_, err := s.Settled(calming)
	if err != nil {
		s.record.wrong(time.Now(), "%v in the end: %v", errUnwell, err)
	}
	s.record.Length = time.Since(s.record.At).Milliseconds()
	h := s.Load.Stop()
	if err := s.Judge(ctx, h, &s.record.Result); err != nil {
		s.record.wrong(time.Now(), "what came of it cannot be judged: %v", err)
	}
	s.judge(h)
	return s.draw(h)
}

// judge is of what lab/failover does not know of: a storm's gusts.
func (s *storm) judge(h load.History) {
	s.record.Forces = s.EC2.Forces()
	s.record.judgeForces(s.watch.holds())
	s.record.judgeGusts()
	s.record.judgeFailures(h)
}
