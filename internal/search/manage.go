package search

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// nudges are the organizations that have changed and wait for the background.
type nudges struct {
	mu   sync.Mutex
	orgs map[int64]bool
	wake chan struct{}
}

// Nudge has the index follow the changes of org in the background, so that the
// next search need not wait. It returns at once.
func (x *Index) Nudge(org int64) {
	x.nudges.mu.Lock()
	if x.nudges.orgs == nil {
		x.nudges.orgs = make(map[int64]bool)
	}
	x.nudges.orgs[org] = true
	x.nudges.mu.Unlock()
	select {
	case x.nudges.wake <- struct{}{}:
	default:
	}
}

// nudgeFollowed nudges for every organization that was followed so far.
func (x *Index) nudgeFollowed() {
	x.followers.mu.Lock()
	orgs := slices.Collect(maps.Keys(x.followers.all))
	x.followers.mu.Unlock()
	for _, org := range orgs {
		x.Nudge(org)
	}
}

// followNudges serves nudges one organization after the other; it does not
// wait for those that are rebuilt.
func (x *Index) followNudges() {
	for {
		select {
		case <-x.ctx.Done():
			return
		case <-x.nudges.wake:
		}
		x.nudges.mu.Lock()
		orgs := x.nudges.orgs
		x.nudges.orgs = nil
		x.nudges.mu.Unlock()
		for org := range orgs {
			x.followNudge(org)
		}
	}
}

func (x *Index) followNudge(org int64) {
	const whatever = 1<<63 - 1
	f := x.follower(org)
	for {
		r, own, err := f.join(whatever)
		if err != nil {
			return // every search says so
		}
		select {
		case <-x.ctx.Done():
			return
		case <-r.rebuilding:
			return
		case <-r.done:
		}
		if own {
			if r.err != nil && x.ctx.Err() == nil {
				x.log.Warn("search: the index is behind", "org", org, "error", r.err)
			}
			return
		}
	}
}

// Drop removes all that is indexed of an organization, as after it was
// deleted. Were it asked about again, its index would be built anew.
func (x *Index) Drop(ctx context.Context, org int64) error {
	return x.alone(ctx, org, func(ctx context.Context, f *follower, _ *run) error {
		return f.empty(ctx)
	})
}

// Rebuild builds the index of an organization anew and returns when that is
// done.
func (x *Index) Rebuild(ctx context.Context, org int64) error {
	return x.alone(ctx, org, func(ctx context.Context, f *follower, r *run) error {
		if err := x.belong(ctx); err != nil {
			return err
		}
		close(r.rebuilding)
		return f.rebuild(ctx)
	})
}

// alone does work as a run of its own, after the one under way if there is one.
func (x *Index) alone(ctx context.Context, org int64, work func(context.Context, *follower, *run) error) error {
	f := x.follower(org)
	for {
		f.mu.Lock()
		r := f.run
		own := r == nil
		if own {
			r = f.start(func(ctx context.Context, r *run) error { return work(ctx, f, r) })
		}
		f.mu.Unlock()
		select {
		case <-r.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if own {
			return r.err
		}
	}
}
