package blob

import (
	"context"
	"errors"
	"time"
)

const (
	sweepEvery = 10 * time.Minute

	// abandonedAfter is how long a client may take from announcing files to
	// having uploaded all.
	abandonedAfter = 24 * time.Hour

	// unpublishedAfter is longer than inserting the largest file takes: an
	// upload that is older was begun by a server that is gone.
	unpublishedAfter = 6 * time.Hour

	// sweepChunks is how many chunks one transaction removes. A removed chunk
	// costs less than an inserted one: its pages are only listed as free.
	sweepChunks = 8
)

// Sweep has what no file names removed soon: call it after files were dropped.
func (d *Database) Sweep() {
	select {
	case d.wake <- struct{}{}:
	default: // one is due already
	}
}

func (d *Database) run(ctx context.Context) {
	defer close(d.done)
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := d.sweep(ctx); err != nil && !errors.Is(err, context.Canceled) {
			d.opts.Log.Error("cookbook files could not be swept", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.wake:
			continue
		case <-tick.C:
		}
		if err := d.store.ForgetAbandoned(ctx, int64(abandonedAfter.Seconds())); err != nil {
			d.opts.Log.Error("abandoned uploads could not be dropped", "error", err)
		}
	}
}

// sweep removes the uploads that no file names.
func (d *Database) sweep(ctx context.Context) error {
	uploads, err := d.store.Unnamed(ctx, int64(unpublishedAfter.Seconds()))
	if err != nil {
		return err
	}
	for _, upload := range uploads {
		for done := false; !done; {
			err := d.paced(ctx, func() (err error) {
				done, err = d.store.SweepUpload(ctx, upload, sweepChunks)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
