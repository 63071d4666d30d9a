package storm

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"tournant/lab/cluster"
)

// blow lets a gust loose, waits until all is well again, and enjoys the calm. It fails if
// all is not well again.
func (s *storm) blow(ctx context.Context, g Gust) error {
	b := s.begin(g)
	s.record.Gusts = append(s.record.Gusts, b)
	s.tell("#%d %s", g.Number, b.plan())
	whole := context.WithoutCancel(ctx) // what is broken is mended before it ends
	s.hurt(whole, b)
	b.Mended = time.Now()
	b.judgeRefused()
	err := s.recover(whole, b)
	b.Settled = time.Now()
	s.measure(b)
	s.tell("#%d %s", g.Number, b.outcome())
	for _, w := range b.Wrong {
		s.tell("#%d WRONG: %s", g.Number, w)
	}
	if err != nil {
		return err
	}
	_ = sleep(ctx, g.Calm) // a calm that is interrupted is over
	return nil
}

// begin resolves who is who, and what will be waited for.
func (s *storm) begin(g Gust) *Blown {
	if g.Quiet {
		s.Age(aQuietTime)
	}
	b := &Blown{Gust: g, At: time.Now(), Holder: s.watch.holder(), Ahead: s.Ahead()}
	if b.Holder == "" {
		b.Holder = cluster.Backends[0]
	}
	b.Waits = s.waits(b)
	for _, p := range g.Faults {
		f := &Happened{Planned: p}
		switch p.Role {
		case Primary:
			f.Host = b.Holder
		case Standby:
			f.Host = cluster.Peer(b.Holder)
		case Frontend:
			f.Host = p.Frontend
		case Nobody:
		}
		b.Happened = append(b.Happened, f)
	}
	return b
}

// hurt does and mends all faults of a gust, each at its time.
func (s *storm) hurt(ctx context.Context, b *Blown) {
	var all sync.WaitGroup
	for _, f := range b.Happened {
		all.Go(func() { s.happen(ctx, b, f) })
	}
	all.Wait()
}

// judgeRefused: what is alone comes about, and a fence comes back in any company. What an
// operator asks for may be refused while something else is broken.
func (b *Blown) judgeRefused() {
	for _, f := range b.Happened {
		if f.Refused != "" && (len(b.Happened) == 1 || f.Kind == "fence-flushed") {
			b.wrong("%s did not come about, or was not mended: %s", f.Kind, f.Refused)
		}
	}
}

// deedWithin is more than a deed takes: a boot, a flapping network.
const deedWithin = 2 * time.Minute

// happen is one fault from its beginning until it is mended.
func (s *storm) happen(ctx context.Context, b *Blown, f *Happened) {
	k := find(f.Planned)
	_ = sleep(ctx, f.After) // ctx has no end
	f.At = time.Now()
	limited, cancel := context.WithTimeout(ctx, deedWithin+f.Lasts)
	defer cancel()
	if err := k.hurt(limited, s.Cluster, f.Host); err != nil {
		f.Refused = err.Error()
	}
	if k.mend != nil {
		_ = sleep(ctx, time.Until(f.At.Add(f.Lasts)))
		if err := k.mend(limited, s.Cluster, f.Host); err != nil {
			f.Refused = strings.TrimSpace(f.Refused + " " + err.Error())
		}
	}
	f.Mended = time.Now()
	s.tell("#%d %s is over after %.1f s", b.Number, f, f.Mended.Sub(f.At).Seconds())
}

// recover waits until somebody serves, and until all is where it belongs.
func (s *storm) recover(ctx context.Context, b *Blown) error {
	serving, cancel := context.WithDeadline(ctx, b.Mended.Add(wellWithin))
	defer cancel()
	const enough = 20 // writes, by clients of both frontends
	if err := s.Load.AwaitWrites(serving, enough); err != nil {
		b.wrong("nobody serves %s after all was mended: %v", wellWithin, err)
	} else {
		b.Served = time.Now()
	}
	settling, cancel := context.WithDeadline(ctx, b.Mended.Add(settledWithin))
	defer cancel()
	primary, err := s.Settled(settling)
	if err != nil {
		b.wrong("not all is well %s after all was mended: %v", settledWithin, err)
		return errUnwell
	}
	b.Primary = primary
	return s.belong(settling, b)
}

// belongWithin is for the VIP to follow the volume: EC2 takes 3 s for it, and an audit
// looks every ten.
const belongWithin = 15 * time.Second

// belong waits until VIP, volume and databases are where they belong.
func (s *storm) belong(ctx context.Context, b *Blown) error {
	until := time.Now().Add(belongWithin)
	for {
		apart, err := s.Apart(ctx)
		if err != nil {
			return fmt.Errorf("storm: look where all is: %w", err)
		}
		if len(apart) == 0 {
			return nil
		}
		if time.Now().After(until) {
			b.Wrong = append(b.Wrong, apart...)
			return nil
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return errors.Join(errUnwell, err)
		}
	}
}

// measure takes the time without service, from a second before the gust to its end, and
// counts what clients got meanwhile.
func (s *storm) measure(b *Blown) {
	h := s.Load.Since(s.seen)
	s.seen += len(h)
	gap, began := h.Gap(b.At.Add(-time.Second), b.Settled)
	b.Gap, b.GapAfter = gap.Milliseconds(), began.Sub(b.At).Milliseconds()
	b.Requests = len(h)
	b.Failed = map[string]int{}
	for _, o := range h {
		if o.Failed() {
			b.Failed[o.Route]++
		}
	}
}
