package keeper

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tournant/lab/network"
	"tournant/lab/nspawn"
	"tournant/lab/volume"
)

// Down ends a lab, whatever has become of it, and leaves nothing of it on this host
// but its logs. A keeper that does not end when it is asked is ended.
func Down(ctx context.Context, f Files, prefix string) error {
	err := NewClient(f).Down(ctx)
	if err != nil && !errors.Is(err, ErrNotUp) {
		return err
	}
	if err := f.awaitEnd(ctx); err != nil {
		return err
	}
	return errors.Join(nspawn.Sweep(ctx, f.Dir), volume.Sweep(filepath.Join(f.Dir, "disk")), network.Sweep(prefix), remove(f.Socket()), remove(f.PID()))
}

func remove(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// awaitEnd waits until the keeper has ended, and ends it when it takes too long.
func (f Files) awaitEnd(ctx context.Context) error {
	const often = 50 * time.Millisecond
	began := time.Now()
	for {
		pid := f.keeper()
		if pid == 0 {
			return nil
		}
		switch waited := time.Since(began); {
		case waited > closeTime+5*time.Second:
			_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
		case waited > 2*time.Second:
			_ = syscall.Kill(pid, syscall.SIGTERM)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(often):
		}
	}
}

// keeper is the number of the keeper's process, 0 if it has ended.
func (f Files) keeper() int {
	text, err := os.ReadFile(f.PID())
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	// The number may be somebody else's by now; the directory is among a keeper's
	// arguments.
	arguments, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil || !strings.Contains(string(arguments)+"\x00", "\x00"+f.Dir+"\x00") {
		return 0
	}
	return pid
}
