package search

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"

	"tournant/internal/chef"
)

// Index is the search index of all organizations. Its methods are safe for
// concurrent use.
type Index struct {
	dir   string
	fs    vfs.FS
	src   Source
	log   *slog.Logger
	codec *codec
	lock  *pebble.Lock
	now   func() time.Time

	// ctx ends with Close; what works in the background is counted by work.
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup

	// mu is held for reading by whoever uses db, and for writing to replace it.
	mu     sync.RWMutex
	db     *pebble.DB
	origin origin                 // what db was made from; zero before the first run
	health atomic.Pointer[health] // of db

	damage    chan struct{} // holds one when a store was found damaged
	lastSpace atomic.Uint64

	followers followers
	offers    offers
	nudges    nudges
}

// rebuildWait is how long CatchUp waits for a rebuild before it answers
// chef.Unavailable. Small organizations are rebuilt by then.
const rebuildWait = 2 * time.Second

// Open opens the index in dir, which is made if it does not exist. What lies
// there and cannot be used is discarded. The source is first asked by CatchUp
// or Nudge.
func Open(dir string, src Source, log *slog.Logger) (*Index, error) {
	return openOn(vfs.Default, dir, src, log)
}

// openOn is Open on a file system.
func openOn(fs vfs.FS, dir string, src Source, log *slog.Logger) (*Index, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	lock, err := pebble.LockDirectory(dir, vfs.Default)
	if err != nil {
		return nil, fmt.Errorf("search: the index is in use: %w", err)
	}
	x := &Index{
		dir: dir, fs: fs, src: src, log: log, lock: lock, now: time.Now, damage: make(chan struct{}, 1),
	}
	if err := x.open(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	x.ctx, x.cancel = context.WithCancel(context.Background())
	x.nudges.wake = make(chan struct{}, 1)
	x.work.Go(x.followNudges)
	x.work.Go(x.replaceDamaged)
	return x, nil
}

func (x *Index) open() (err error) {
	if x.codec, err = newCodec(); err != nil {
		return err
	}
	db, h, err := openStore(x.dir, x.fs, x.log, x.damaged)
	if err != nil {
		return err
	}
	x.db = db
	x.health.Store(h)
	err = x.adopt()
	if isDamage(err) {
		err = x.replaceLocked()
	}
	return err
}

// Close ends all work and closes the index.
func (x *Index) Close() error {
	x.cancel()
	if x.health.Load().trouble() != nil {
		return x.lock.Close() // who writes to such a store, or closes it, may never end
	}
	x.work.Wait()
	x.mu.Lock()
	defer x.mu.Unlock()
	defer x.codec.close()
	return errors.Join(x.db.Close(), x.lock.Close())
}

// Ping tells why the index is out of use, if it is: it was closed, waits for
// space on a full disk, or could not be written and is so until the next start.
func (x *Index) Ping() error {
	return errors.Join(x.ctx.Err(), x.health.Load().trouble())
}

// acquire returns the store and what to call when done with it.
func (x *Index) acquire() (*pebble.DB, func(), error) {
	if err := x.Ping(); err != nil {
		return nil, nil, &chef.Error{Code: chef.Unavailable, Message: "the search index is out of order", Err: err}
	}
	x.mu.RLock()
	return x.db, x.mu.RUnlock, nil
}

// adopt takes over what an opened store says of itself.
func (x *Index) adopt() error {
	o, _, err := loadOrigin(x.db)
	if err != nil {
		return err
	}
	x.origin = o
	it, err := x.db.NewIter(&pebble.IterOptions{LowerBound: []byte{kindSpace}, UpperBound: []byte{kindSpace + 1}})
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	defer it.Close()
	x.lastSpace.Store(0)
	for ok := it.First(); ok; ok = it.Next() {
		rec, err := decodeSpaceRecord(it.Value())
		if err != nil {
			return err
		}
		x.lastSpace.Store(max(x.lastSpace.Load(), rec.id))
	}
	return it.Error()
}

// belong makes sure that the index was made from the source's database, and
// empties it if not.
func (x *Index) belong(ctx context.Context) error {
	id, err := x.src.Identity(ctx)
	if err != nil {
		return fmt.Errorf("search: identity of the database: %w", err)
	}
	want := origin{formatVersion, id}
	x.mu.RLock()
	same, empty := x.origin == want, x.origin == origin{}
	x.mu.RUnlock()
	if same {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.origin == want {
		return nil
	}
	if !empty {
		x.log.Info("search: the database is another one, the index is built again", "identity", id)
		if err := x.replaceLocked(); err != nil {
			return err
		}
	}
	batch := x.db.NewBatch()
	defer batch.Close()
	if err := errors.Join(want.save(batch), batch.Commit(pebble.NoSync)); err != nil {
		return fmt.Errorf("search: %w", err)
	}
	x.origin = want
	return nil
}

// replaceLocked puts an empty store in place of the one there is.
func (x *Index) replaceLocked() error {
	// What closing finds wrong with the store is of no interest any more.
	_ = x.db.Close()
	db, h, err := resetStore(x.dir, x.fs, x.log, x.damaged)
	if err != nil {
		x.health.Load().fail(err)
		return err
	}
	x.db = db
	x.health.Store(h)
	return x.adopt()
}

// damaged has replaceDamaged look at the store. It never blocks: a store calls
// it from within.
func (x *Index) damaged() {
	select {
	case x.damage <- struct{}{}:
	default:
	}
}

// replaceDamaged puts an empty store in place of a damaged one, which
// followers then fill.
func (x *Index) replaceDamaged() {
	for {
		select {
		case <-x.ctx.Done():
			return
		case <-x.damage:
		}
		x.mu.Lock()
		h := x.health.Load()
		replaced := h.damaged.Load() && h.trouble() == nil
		if replaced {
			x.log.Error("search: the index is damaged, it is built again")
			// A store that cannot be opened takes the index out of use.
			_ = x.replaceLocked()
		}
		x.mu.Unlock()
		if replaced {
			x.nudgeFollowed()
		}
	}
}

// noticed has the store in use discarded when err shows that it is damaged.
// The work that found out fails with chef.Unavailable.
func (x *Index) noticed(err error) error {
	if !isDamage(err) {
		return err
	}
	x.log.Error("search: the index cannot be read", "error", err)
	x.health.Load().damage()
	return &chef.Error{Code: chef.Unavailable, Message: "the search index is being built", Err: err}
}
