package pgdump

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"tournant/internal/store"
)

// Restoring is a restore that was found to be possible.
type Restoring struct {
	// Generation tells the restored database from all before it.
	Generation int64

	// Aside is the SQL schema that the tables there are move to, "" if there are
	// none.
	Aside string

	database *Database
	target   *Target
	file     string
	dir      string // of the programs
	decided  bool   // the server may have been told to commit
}

// Prepare checks whether the copy in a file can replace what is in the
// database, and changes nothing.
func (d *Database) Prepare(ctx context.Context, file string, copied Info, now time.Time) (*Restoring, error) {
	t, err := d.Inspect(ctx)
	if err != nil {
		return nil, err
	}
	if err := t.check(copied); err != nil {
		return nil, fmt.Errorf("%s: %w", d, err)
	}
	r := &Restoring{Generation: max(now.UnixNano(), t.Generation+1), database: d, target: t, file: file}
	if t.tables > 0 {
		r.Aside = fmt.Sprintf("replaced_%s_%09d", now.UTC().Format("20060102t150405"), r.Generation%1e9)
	}
	if r.dir, err = d.programs(ctx, t.Major); err != nil {
		return nil, err
	}
	list := d.command(ctx, filepath.Join(r.dir, restoreProgram), "--list", file)
	if err := list.explain(list.Run()); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return r, d.requireUnused(ctx)
}

// Run puts the copy in place of what is in the database, in one transaction:
// whatever ends it early leaves everything as it was. After ErrUncertain it is
// open which.
func (r *Restoring) Run(ctx context.Context, progress Progress) error {
	err := r.run(ctx, progress)
	if !r.decided {
		return err
	}
	// The answer to the commit may be all that was lost. Who asks for a table that
	// the transaction holds waits for its end.
	happened, asked := r.happened(context.WithoutCancel(ctx))
	switch {
	case happened || asked != nil && err == nil:
		return nil
	case asked != nil:
		return fmt.Errorf("%w: %w", ErrUncertain, errors.Join(err, asked))
	case err == nil:
		err = errors.New("the database is as before, although nothing said why")
	}
	return err
}

func (r *Restoring) run(ctx context.Context, progress Progress) (err error) {
	d := r.database
	in, err := os.Open(r.file)
	if err != nil {
		return fmt.Errorf("restore database: %w", err)
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return fmt.Errorf("restore database: %w", err)
	}
	shell := d.command(ctx, filepath.Join(r.dir, shellProgram), "--no-psqlrc", "--no-password", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null",
		"--file=-", "--dbname="+d.conninfo())
	script, err := shell.StdinPipe()
	if err != nil {
		return fmt.Errorf("restore database: %w", err)
	}
	if err := shell.Start(); err != nil {
		return shell.explain(err)
	}
	stop := watch(progress, info.Size(), func() int64 {
		at, err := in.Seek(0, io.SeekCurrent) // the program reads on from the same place
		if err != nil {
			return 0
		}
		return at
	})
	written := r.write(ctx, script, in)
	// Without COMMIT the end of the script undoes all of it.
	err = errors.Join(written, closed(script.Close()))
	ended := shell.explain(shell.Wait())
	stop()
	return errors.Join(ended, err)
}

// write writes the whole transaction, which ends in COMMIT only if everything
// before it was written.
func (r *Restoring) write(ctx context.Context, script io.Writer, in *os.File) error {
	if _, err := io.WriteString(script, r.before()); err != nil {
		return closed(err)
	}
	load := r.database.command(ctx, filepath.Join(r.dir, restoreProgram), "--no-owner", "--no-privileges", "--schema="+r.target.Namespace, "--exit-on-error", "--file=-")
	load.Stdin = in
	out, err := load.StdoutPipe()
	if err != nil {
		return fmt.Errorf("restore database: %w", err)
	}
	if err := load.Start(); err != nil {
		return load.explain(err)
	}
	_, err = io.Copy(script, out)
	if err != nil {
		_ = out.Close() // ends the program, which nobody reads any more
		_ = load.explain(load.Wait())
		return closed(err)
	}
	if err := load.explain(load.Wait()); err != nil {
		return err
	}
	r.decided = true
	_, err = io.WriteString(script, r.after())
	return closed(err)
}

// happened asks whether the database is the restored one.
func (r *Restoring) happened(ctx context.Context) (bool, error) {
	conn, err := r.database.connect(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(ctx) }() // it did its work or failed
	var there bool
	if err := conn.QueryRow(ctx, "SELECT to_regclass('setting') IS NOT NULL").Scan(&there); err != nil || !there {
		return false, err
	}
	var generation string
	err = conn.QueryRow(ctx, "SELECT convert_from(value, 'UTF8') FROM setting WHERE name = $1", store.SettingRestore).Scan(&generation)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return generation == strconv.FormatInt(r.Generation, 10), err
}
