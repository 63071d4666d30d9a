package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// checkpointer copies committed pages from the write-ahead log into the
// database file, on a connection of its own. SQLite would have the writer do it
// within every so-many-th commit, and whoever saves a node then waits for the
// disk twice.
type checkpointer struct {
	db   *sql.DB
	conn *sql.Conn
	mu   sync.Mutex // one checkpoint at a time
	wake chan struct{}
	stop context.CancelFunc
	done chan struct{}
	err  atomic.Pointer[error] // of the last checkpoint
}

const (
	// checkpointEvery is how often the log is copied while there are writes.
	checkpointEvery = time.Second

	// catchUps bounds how often a checkpoint goes after what was committed
	// during it. A log that is copied whole is begun anew by the next write
	// that no reader is in the way of.
	catchUps = 4

	// maxLogPages is the length at which the log is begun anew even if writes
	// must wait for it: 32 MB.
	maxLogPages = 8 << 10
)

func openCheckpointer(ctx context.Context, file string) (*checkpointer, error) {
	db, err := sql.Open("sqlite", dsn(file, "rw", "&_pragma=wal_autocheckpoint(0)"))
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	c := &checkpointer{db: db, conn: conn, wake: make(chan struct{}, 1), done: make(chan struct{})}
	// Readers hold up the new beginning of the log; writes must not wait for
	// them long.
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 50"); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

func (c *checkpointer) close() error { return errors.Join(c.conn.Close(), c.db.Close()) }

// committed tells that there is something to copy.
func (c *checkpointer) committed() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// failed returns the error of the last checkpoint, if it had one.
func (c *checkpointer) failed() error {
	if err := c.err.Load(); err != nil {
		return *err
	}
	return nil
}

// startCheckpoints runs checkpoints while there are writes, until stop is called.
func (d *sqliteDatabase) startCheckpoints() {
	var ctx context.Context
	ctx, d.checkpoints.stop = context.WithCancel(context.Background())
	go func() {
		defer close(d.checkpoints.done)
		for {
			select {
			case <-ctx.Done():
				return
			case <-d.checkpoints.wake:
			}
			// Its error is kept: it is the health check's to report, until
			// another try ends well, which must not take a write that nobody
			// sends to a server that is not well.
			if err := d.checkpoint(ctx); err != nil {
				d.checkpoints.committed()
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(checkpointEvery):
			}
		}
	}()
}

func (d *sqliteDatabase) checkpoint(ctx context.Context) error {
	c := d.checkpoints
	c.mu.Lock()
	defer c.mu.Unlock()
	err := d.copyLog(context.WithoutCancel(ctx))
	c.err.Store(&err)
	return err
}

func (d *sqliteDatabase) copyLog(ctx context.Context) error {
	length := 0
	for range catchUps {
		log, copied, err := d.checkpoints.run(ctx, "PASSIVE")
		if err != nil {
			return err
		}
		if length = log; copied == log {
			break
		}
	}
	if length < maxLogPages {
		return nil
	}
	d.write.Lock()
	defer d.write.Unlock()
	_, _, err := d.checkpoints.run(ctx, "RESTART")
	return err
}

// run returns the length of the log and how much of it is copied, in pages.
func (c *checkpointer) run(ctx context.Context, mode string) (log, copied int, err error) {
	var busy int
	err = c.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &log, &copied)
	if err != nil {
		return 0, 0, fmt.Errorf("checkpoint: %w", err)
	}
	return log, copied, nil
}
