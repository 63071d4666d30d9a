package pgdump

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	connectTimeout = 10 * time.Second

	// farewell is how long a program may take to end its session when it is told
	// to stop.
	farewell = 5 * time.Second

	dumpProgram, restoreProgram, shellProgram = "pg_dump", "pg_restore", "psql"
)

// usualDirs are where Debian and the packages for Red Hat have the programs of
// a version.
var usualDirs = []string{"/usr/lib/postgresql/%d/bin", "/usr/pgsql-%d/bin"}

// programs returns the directory of PostgreSQL's programs of a major version.
// pg_dump refuses servers newer than itself, and what a newer one writes an
// older server may not read.
func (d *Database) programs(ctx context.Context, major int) (string, error) {
	patterns := d.Dirs
	if patterns == nil {
		patterns = usualDirs
	}
	var dirs []string
	for _, pattern := range patterns {
		dirs = append(dirs, strings.ReplaceAll(pattern, "%d", strconv.Itoa(major)))
	}
	if d.Dirs == nil {
		dirs = append(dirs, filepath.SplitList(os.Getenv("PATH"))...)
	}
	var others []string
	for _, dir := range dirs {
		found, err := majorOf(ctx, filepath.Join(dir, dumpProgram))
		if err == nil && found == major && has(dir, restoreProgram) && has(dir, shellProgram) {
			return dir, nil
		}
		if version := strconv.Itoa(found); err == nil && found != major && !slices.Contains(others, version) {
			others = append(others, version)
		}
	}
	there := "none is"
	if len(others) > 0 {
		there = "version " + strings.Join(others, ", ") + " is"
	}
	return "", fmt.Errorf("%w: the server is PostgreSQL %[2]d, and its programs pg_dump, pg_restore and psql of that version are not installed here (%[3]s). "+
		"Install postgresql-client-%[2]d (Debian, Ubuntu) or postgresql%[2]d (Red Hat); other versions than the distribution's are at https://www.postgresql.org/download",
		ErrVersion, major, there)
}

func has(dir, program string) bool {
	_, err := exec.LookPath(filepath.Join(dir, program))
	return err == nil
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

func majorOf(ctx context.Context, program string) (int, error) {
	if _, err := exec.LookPath(program); err != nil {
		return 0, err
	}
	out, err := exec.CommandContext(ctx, program, "--version").Output() //nolint:gosec // one of ours or of the PATH
	if err != nil {
		return 0, err
	}
	m := versionText.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("%s does not tell its version", program)
	}
	return strconv.Atoi(string(m[1]))
}

// command is one of the programs, which gets the password from its environment
// and what it complains of in words.
type command struct {
	*exec.Cmd
	said tail
	stop context.CancelFunc
	ctx  context.Context
}

func (d *Database) command(ctx context.Context, program string, args ...string) *command {
	c := &command{stop: func() {}}
	if d.Timeout > 0 {
		ctx, c.stop = context.WithTimeoutCause(ctx, d.Timeout, fmt.Errorf("it took longer than %v", d.Timeout))
	}
	c.ctx = ctx
	c.Cmd = exec.CommandContext(ctx, program, args...) //nolint:gosec // see programs
	c.Env = append(environment(), "PGPASSWORD="+d.cfg.Password)
	if d.cfg.Password == "" {
		c.Env = environment()
	}
	c.Stderr = &c.said
	// Told to end, it tells the server; one that dies has the server notice.
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = farewell
	return c
}

// environment is ours without what would lead the programs elsewhere than pgx.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return name == "PGHOSTADDR" || name == "PGOPTIONS" || name == "PGPASSWORD"
	})
}

// explain returns what a program ended with, in its own words.
func (c *command) explain(err error) error {
	defer c.stop()
	if err == nil {
		return nil
	}
	if c.ctx.Err() != nil {
		err = context.Cause(c.ctx)
	}
	if said := c.said.String(); said != "" {
		err = fmt.Errorf("%w: %s", err, said)
	}
	return fmt.Errorf("%s: %w", filepath.Base(c.Path), err)
}

// tail keeps the beginning and the end of what is written to it.
type tail struct{ first, last bytes.Buffer }

const tailSize = 2000

func (t *tail) Write(p []byte) (int, error) {
	n := len(p)
	if room := tailSize - t.first.Len(); room > 0 {
		t.first.Write(p[:min(room, len(p))])
		p = p[min(room, len(p)):]
	}
	t.last.Write(p)
	if over := t.last.Len() - tailSize; over > 0 {
		t.last.Next(over)
	}
	return n, nil
}

func (t *tail) String() string { return strings.TrimSpace(t.first.String() + t.last.String()) }

// closed makes an error of writing to a program that has ended none: why it
// ended is what matters.
func closed(err error) error {
	if errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrClosedPipe) {
		return nil
	}
	return err
}
