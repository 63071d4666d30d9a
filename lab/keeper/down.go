package keeper

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/network"
	"tournant/lab/nspawn"
	"tournant/lab/volume"
)

// Down ends a lab, whatever has become of it, and leaves nothing of it on this host
// but its logs. A keeper that does not end when it is asked is ended.
func Down(ctx context.Context, f Files, prefix string) error {
	if err := f.endKeeper(ctx); err != nil {
		return err
	}
	err := os.Remove(f.Socket())
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, nspawn.Sweep(ctx, f.Dir), volume.Sweep(filepath.Join(f.Dir, "disk")), network.Sweep(prefix))
}

// endKeeper asks the keeper to end, by a signal if it does not answer yet, and kills
// it when it takes too long.
func (f Files) endKeeper(ctx context.Context) error {
	const often = 50 * time.Millisecond
	asked := NewClient(f).Down(ctx)
	killing := time.Now().Add(closeTime + 5*time.Second)
	for {
		pid, err := cluster.Holder(f.Dir)
		if err != nil || pid == 0 {
			return err
		}
		switch {
		case asked != nil:
			asked = syscall.Kill(pid, syscall.SIGTERM)
		case time.Now().After(killing):
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(often):
		}
	}
}
