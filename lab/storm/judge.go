package storm

import (
	"slices"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
)

// What the documentation promises of forces: an attachment less than a minute old is left
// alone, and after a force the next one of the same backend, of what the other took
// since, waits for ten minutes, then 20, at most 160. Both are EC2's times.
const (
	young       = time.Minute
	holdDown    = 10 * time.Minute
	holdDownMax = 160 * time.Minute
)

// heldDown says that a backend has forced not long ago. How often it did in this duel is
// not known here, so that the longest hold-down that it can be counts.
func heldDown(forces []fakeec2.Force, by string, now time.Time) bool {
	wait := holdDown
	for _, f := range forces {
		if f.By != by {
			continue
		}
		if now.Sub(f.At) < wait {
			return true
		}
		wait = min(2*wait, holdDownMax)
		if now.Sub(f.At) >= 4*holdDownMax {
			wait = holdDown // nobody remembers
		}
	}
	return false
}

// waits is why a force, if this gust needs one, has to wait. That the standby gave the
// volume back in order since its force, which ends its hold-down, is not looked into.
func (s *storm) waits(b *Blown) string {
	now := s.EC2.Status()
	for _, v := range now.Volumes {
		if v.ID == cluster.VolumeID && v.Host == b.Holder && now.Time.Sub(v.Since) <= young {
			return "young"
		}
	}
	// What a backend had itself until just now is young to it, whatever EC2's clock says.
	if s.watch.lately(cluster.Peer(b.Holder), young) {
		return "young"
	}
	if heldDown(s.EC2.Forces(), cluster.Peer(b.Holder), now.Time) {
		return "hold-down"
	}
	return ""
}

// judgeForces: no duel, and no force that nothing called for. holds are all attachments.
// Moments of wrongs are the gusts'.
func (r *Record) judgeForces(holds []hold) {
	last := map[string]fakeec2.Force{}
	for _, f := range r.Forces {
		before, again := last[f.By]
		last[f.By] = f
		b := r.during(f)
		if b == nil {
			r.wrong(f.At, "%s forced the volume off %s while nothing was broken", f.By, f.From)
			continue
		}
		if b.alone() && find(b.Happened[0].Planned).Stays {
			b.wrong("%s forced the volume off %s, which nothing called for", f.By, f.From)
		}
		if again && f.At.Sub(before.At) < holdDown && b.taken(before, f, holds) && !b.stopped(f.From) {
			b.wrong("a duel: %s forced the volume off %s %s after its last force, and %s had taken it since", f.By, f.From, f.At.Sub(before.At).Round(time.Second), f.From)
		}
	}
}

// during is the gust in which a force was; its time is EC2's, which only goes ahead
// between gusts.
func (r *Record) during(f fakeec2.Force) *Blown {
	for _, b := range r.Gusts {
		at := f.At.Add(-b.Ahead)
		if !at.Before(b.At) && at.Before(b.Settled) {
			return b
		}
	}
	return nil
}

// taken says whether what the second force was of was taken after the first one.
func (b *Blown) taken(first, second fakeec2.Force, holds []hold) bool {
	return slices.ContainsFunc(holds, func(h hold) bool {
		return h.host == second.From && h.since.After(first.At) && h.since.Before(second.At)
	})
}

// stopped says that EC2 itself says that a host is dead.
func (b *Blown) stopped(host string) bool {
	return slices.ContainsFunc(b.Happened, func(f *Happened) bool { return f.Kind == "instance-stopped" && f.Host == host })
}

// judgeGusts: what befell one thing alone did no more harm than the documentation says.
func (r *Record) judgeGusts() {
	for _, b := range r.Gusts {
		if !b.alone() || b.Settled.IsZero() {
			continue
		}
		k := find(b.Happened[0].Planned)
		bound := k.Without
		if k.Evicts && b.Waits != "" {
			// Nobody may take the volume until it is mended; then whoever has it goes on.
			bound = max(bound, b.Mended.Sub(b.At)+wellWithin)
		}
		if gap := time.Duration(b.Gap) * time.Millisecond; gap > bound {
			b.wrong("nobody was served for %.1f s, and %.0f s is the most", gap.Seconds(), bound.Seconds())
		}
		if k.Stays && b.Primary != b.Holder && b.Primary != "" {
			b.wrong("%s took over from %s, which nothing called for", b.Primary, b.Holder)
		}
	}
}

// find is a planned fault's kind. A schedule plans none that there is not.
func find(p Planned) *Kind {
	kinds := Kinds()
	i := slices.IndexFunc(kinds, func(k Kind) bool { return k.Name == p.Kind && k.Role == p.Role })
	if i < 0 {
		return &Kind{}
	}
	return &kinds[i]
}
