package pgdump

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tournant/internal/store"
)

// lockWait bounds how long a copy waits for whoever changes tables.
const lockWait = "60s"

// Dump writes the database, as of one moment, into the new file, which only its
// owner can read. Servers may use it meanwhile: they are held up by nothing,
// and what they acknowledged before is in the copy.
func (d *Database) Dump(ctx context.Context, file string, progress Progress) (Info, error) {
	t, err := d.Inspect(ctx)
	if err != nil {
		return Info{}, err
	}
	if !t.Founded {
		return Info{}, fmt.Errorf("%s: %w: no server has used this database yet", d, store.ErrNotFound)
	}
	dir, err := d.programs(ctx, t.Major)
	if err != nil {
		return Info{}, err
	}
	f, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return Info{}, fmt.Errorf("copy database: %w", err)
	}
	defer f.Close()
	// The columns are compressed already: the first level undoes their hexadecimal
	// digits, and more gains nothing.
	c := d.command(ctx, filepath.Join(dir, dumpProgram), "--no-password", "--dbname="+d.conninfo(), "--format=custom",
		"--compress=1", "--no-owner", "--no-privileges", "--lock-wait-timeout="+lockWait, "--schema="+pattern(t.Namespace))
	c.Stdout = f
	if err := c.Start(); err != nil {
		return Info{}, c.explain(err)
	}
	stop := watch(progress, t.Size, func() int64 {
		info, err := f.Stat()
		if err != nil {
			return 0
		}
		return info.Size()
	})
	err = c.Wait()
	stop()
	return t.Info, errors.Join(c.explain(err), f.Sync())
}

// pattern is a name that stands for nothing but itself in PostgreSQL's programs.
func pattern(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// watch tells of progress until stop is called.
func watch(progress Progress, total int64, done func() int64) (stop func()) {
	if progress == nil {
		return func() {}
	}
	ended, told := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(told)
		tick := time.NewTicker(pause)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				progress(min(done(), max(0, total-1)), total) // the total is a guess
			}
		}
	}()
	return func() {
		close(ended)
		<-told
	}
}
