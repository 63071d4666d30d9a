package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// compare tells whether the server runs with another configuration, or with
// one that nobody knows.
func (r *run) compare(context.Context) error {
	content, err := r.c.Show()
	if err != nil {
		return err
	}
	old, err := os.ReadFile(r.path(RunningFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read what was set up last: %w", err)
	}
	if !bytes.Equal(old, content) {
		return r.outdate()
	}
	return nil
}

// outdate remembers that the server must start again, beyond the end of this
// process: what was set up last is kept only once the server runs with it.
func (r *run) outdate() error {
	r.restart = true
	if err := os.Remove(r.path(RunningFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove what was set up last: %w", err)
	}
	return nil
}

// running keeps what the server runs with, without secrets. What is held does
// not run.
func (r *run) running(context.Context) error {
	if r.out.Pending != "" {
		return nil
	}
	content, err := r.c.Show()
	if err != nil {
		return err
	}
	return r.file(RunningFile, content, 0o600)
}

// service lets the server start with the host, start now, or start again.
func (r *run) service(ctx context.Context) error {
	state, err := r.Units.State(ctx, Unit)
	if err != nil {
		return err
	}
	if !state.Enabled {
		if err := r.Units.Enable(ctx, Unit); err != nil {
			return err
		}
		r.changed("enabled %s", Unit)
	}
	switch {
	case !state.Active:
		if err := r.Units.Start(ctx, Unit); err != nil {
			return err
		}
		r.changed("started %s", Unit)
	case r.restart:
		if err := r.Units.Restart(ctx, Unit); err != nil {
			return err
		}
		r.changed("restarted %s", Unit)
	}
	return nil
}
