package search

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

const (
	// changesPage is how many changes are asked for at once.
	changesPage = 256
	// batchObjects and batchBytes bound what is read, or written, at once.
	batchObjects = 32
	batchBytes   = 2 << 20
	// maxKnownPaths bounds the dictionaries in memory, of all organizations.
	maxKnownPaths = 150_000
)

// follower keeps the index of one organization. Only its run, of which there
// is one at a time, touches buckets.
type follower struct {
	x   *Index
	org int64

	mu  sync.Mutex
	run *run
	db  *pebble.DB // what the fields below were read from
	pos position

	buckets map[Ref]*bucket // by Type and Bag
	known   atomic.Int64    // paths in their dictionaries, at the last run's end
}

// run is one pass over the change log, up to its end at that time.
type run struct {
	rebuilding chan struct{} // closed when a rebuild starts
	done       chan struct{} // closed at the end, after err is set
	err        error
}

type followers struct {
	mu  sync.Mutex
	all map[int64]*follower
}

func (x *Index) follower(org int64) *follower {
	x.followers.mu.Lock()
	defer x.followers.mu.Unlock()
	f := x.followers.all[org]
	if f == nil {
		f = &follower{x: x, org: org}
		if x.followers.all == nil {
			x.followers.all = make(map[int64]*follower)
		}
		x.followers.all[org] = f
	}
	return f
}

// CatchUp returns once the index of org has reached head in its change log,
// so that a search finds all that was committed before. While the index is
// rebuilt it gives up after a short wait: chef.Unavailable.
func (x *Index) CatchUp(ctx context.Context, org, head int64) error {
	f := x.follower(org)
	for {
		r, own, err := f.join(head)
		if err != nil || r == nil {
			return err
		}
		if err := f.wait(ctx, r); err != nil {
			return err
		}
		if !own {
			continue // it may have begun before head was written
		}
		if r, _, err := f.join(head); err != nil || r == nil {
			return err
		}
		return fmt.Errorf("search: the change log of organization %d ends before %d", org, head)
	}
}

// join returns the run that is under way, or starts one, which is then the
// caller's own. It returns none if head has been reached.
func (f *follower) join(head int64) (r *run, own bool, err error) {
	db, done, err := f.x.acquire()
	if err != nil {
		return nil, false, err
	}
	done()
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.db == db && f.pos.complete && f.pos.seq >= head:
		return nil, false, nil
	case f.run != nil:
		return f.run, false, nil
	}
	return f.start(f.follow), true, nil
}

// start begins a run; f.mu is held and there is none.
func (f *follower) start(work func(context.Context, *run) error) *run {
	r := &run{rebuilding: make(chan struct{}), done: make(chan struct{})}
	f.run = r
	f.x.work.Go(func() {
		r.err = work(f.x.ctx, r)
		f.x.trim(f)
		f.mu.Lock()
		f.run = nil
		f.mu.Unlock()
		close(r.done)
	})
	return r
}

// wait waits for the end of a run, or for a short while if it is a rebuild.
func (f *follower) wait(ctx context.Context, r *run) error {
	gone := f.x.health.Load().gone
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	case <-gone:
		return unavailable()
	case <-r.rebuilding:
	}
	patience := time.NewTimer(rebuildWait)
	defer patience.Stop()
	select {
	case <-r.done:
		return r.err
	case <-ctx.Done():
		return ctx.Err()
	case <-patience.C:
		return unavailable()
	}
}

// follow brings the index to the end of the change log.
func (f *follower) follow(ctx context.Context, r *run) error {
	if err := f.x.belong(ctx); err != nil {
		return err
	}
	pos, err := f.load()
	if err != nil {
		return err
	}
	for pos.complete {
		changes, err := f.x.src.Changes(ctx, f.org, pos.seq, changesPage)
		if errors.Is(err, ErrGap) || err == nil && !contiguous(changes, pos.seq) {
			f.x.log.Info("search: the change log does not reach back to the index, it is built again",
				"org", f.org, "position", pos.seq)
			break
		}
		if err != nil {
			return fmt.Errorf("search: read changes: %w", err)
		}
		if pos, err = f.apply(ctx, pos, changes); err != nil {
			return err
		}
		if len(changes) < changesPage {
			return nil
		}
	}
	close(r.rebuilding)
	for {
		if err := f.rebuild(ctx); !errors.Is(err, ErrBrokenOff) {
			return err
		}
	}
}

func contiguous(changes []Change, after int64) bool {
	for i, c := range changes {
		if c.Seq != after+1+int64(i) {
			return false
		}
	}
	return true
}

// load reads what the store says of the organization, if it was not read from
// this store.
func (f *follower) load() (position, error) {
	db, done, err := f.x.acquire()
	if err != nil {
		return position{}, err
	}
	defer done()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.db == db {
		return f.pos, nil
	}
	pos, err := loadPosition(db, f.org)
	if err != nil {
		return pos, f.x.noticed(err)
	}
	f.db, f.pos, f.buckets = db, pos, make(map[Ref]*bucket)
	return pos, nil
}

// apply indexes changes and moves the position behind them.
func (f *follower) apply(ctx context.Context, pos position, changes []Change) (position, error) {
	if len(changes) == 0 {
		return pos, nil
	}
	todo := lastOfEach(changes)
	for {
		n := min(len(todo), batchObjects)
		group, err := f.resolve(ctx, todo[:n])
		if err != nil {
			return pos, err
		}
		todo = todo[n:]
		for i, e := range group {
			if len(todo) == 0 && i == len(group)-1 {
				break
			}
			if err := f.write(pos, []edit{e}); err != nil {
				return pos, err
			}
		}
		if len(todo) > 0 {
			continue
		}
		pos.seq = changes[len(changes)-1].Seq
		return pos, f.write(pos, group[max(0, len(group)-1):])
	}
}

// lastOfEach returns the last change of each object, in order.
func lastOfEach(changes []Change) []Change {
	last := make(map[int64]int, len(changes))
	for i, c := range changes {
		last[c.ID] = i
	}
	var out []Change
	for i, c := range changes {
		if last[c.ID] == i && indexed(c.Ref.Type) {
			out = append(out, c)
		}
	}
	return out
}

// edit is an object to index, or one to take out of the index.
type edit struct {
	Object
	remove bool
}

// resolve gets the documents of saved objects. One that is gone, or has become
// another object of the same name, is taken out: its deletion is to come.
func (f *follower) resolve(ctx context.Context, changes []Change) ([]edit, error) {
	var refs []Ref
	have := make(map[int64]Object)
	for _, c := range changes {
		if c.Deleted {
			continue
		}
		if obj, ok := f.x.offers.take(f.org, c); ok {
			have[c.ID] = obj
			continue
		}
		refs = append(refs, c.Ref)
	}
	if len(refs) > 0 {
		objs, err := f.x.src.Objects(ctx, f.org, refs)
		if err != nil {
			return nil, fmt.Errorf("search: read objects: %w", err)
		}
		for _, o := range objs {
			have[o.ID] = o
		}
	}
	edits := make([]edit, 0, len(changes))
	for _, c := range changes {
		obj, ok := have[c.ID]
		if c.Deleted || !ok {
			obj = Object{Ref: c.Ref, ID: c.ID}
		}
		edits = append(edits, edit{obj, c.Deleted || !ok})
	}
	return edits, nil
}
