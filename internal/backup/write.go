package backup

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/klauspost/compress/gzip"

	"tournant/internal/store"
	"tournant/internal/store/pgdump"
)

// Options are what Write takes besides two places.
type Options struct {
	Version    string // of this release
	Now        time.Time
	ConfigOnly bool // keys and certificate, no database
	Progress   Progress

	// Postgres is where the database is, nil for SQLite's file.
	Postgres *pgdump.Database
}

// Write puts the state of the data directory dir, as of one moment, into the
// new file archive, which only its owner can read and which appears under its
// name when it is whole. A server may run meanwhile. A file of that name is
// fs.ErrExist.
func Write(ctx context.Context, dir, archive string, o Options) (err error) {
	if _, err := os.Lstat(archive); !errors.Is(err, fs.ErrNotExist) {
		return errors.Join(err, fmt.Errorf("%s: %w", archive, fs.ErrExist))
	}
	work, err := os.MkdirTemp(filepath.Dir(archive), ".chef-backup-")
	if err != nil {
		return fmt.Errorf("make a place for the backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	c := &content{}
	if err := c.collect(ctx, dir, work, o); err != nil {
		return err
	}
	partial := filepath.Join(work, "archive")
	if err := pack(partial, c, o); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := os.Rename(partial, archive); err != nil {
		return fmt.Errorf("name the backup: %w", err)
	}
	return syncDir(filepath.Dir(archive))
}

// content is what goes into an archive.
type content struct {
	paths  []string
	schema int64 // of the database, 0 if it is not in it

	postgres *pgdump.Info
}

// collect finds the files; of the database it makes a copy in work.
func (c *content) collect(ctx context.Context, dir, work string, o Options) error {
	if !o.ConfigOnly {
		if err := c.copyDatabase(ctx, dir, work, o); err != nil {
			return err
		}
	}
	for _, name := range configFiles() {
		path := filepath.Join(dir, name)
		_, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("find %s: %w", name, err)
		}
		c.paths = append(c.paths, path)
	}
	return nil
}

func (c *content) copyDatabase(ctx context.Context, dir, work string, o Options) (err error) {
	const stage = "copying the database"
	if o.Postgres != nil {
		file := filepath.Join(work, dumpName)
		info, err := o.Postgres.Dump(ctx, file, func(done, total int64) { o.Progress.tell(stage, done, total) })
		c.schema, c.postgres, c.paths = info.Schema, &info, append(c.paths, file)
		return err
	}
	file := filepath.Join(work, store.FileName)
	c.schema, err = store.Copy(ctx, dir, file, func(done, total int) { o.Progress.tell(stage, int64(done), int64(total)) })
	c.paths = append(c.paths, file)
	return err
}

func pack(archive string, c *content, o Options) (err error) {
	out, err := os.OpenFile(archive, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	m, err := describe(c, o)
	if err != nil {
		return err
	}
	// Documents are compressed where they lie: a higher level gains nothing.
	gz, err := gzip.NewWriterLevel(out, gzip.BestSpeed)
	if err != nil {
		return err
	}
	tw := tar.NewWriter(gz)
	if err := packAll(tw, m, c.paths, o); err != nil {
		return err
	}
	return errors.Join(tw.Close(), gz.Close(), out.Sync())
}

func packAll(tw *tar.Writer, m *manifest, paths []string, o Options) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := tw.WriteHeader(header(manifestName, int64(len(text)), m.CreatedAt)); err != nil {
		return err
	}
	if _, err := tw.Write(text); err != nil {
		return err
	}
	for i, f := range m.Files {
		if err := tw.WriteHeader(header(f.Name, f.Size, m.CreatedAt)); err != nil {
			return err
		}
		if err := copyFile(tw, paths[i], meter{o.Progress, "packing " + f.Name, 0, f.Size}); err != nil {
			return err
		}
	}
	return nil
}

func header(name string, size int64, at time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: at, Format: tar.FormatPAX}
}

// describe reads every file once for its checksum.
func describe(c *content, o Options) (*manifest, error) {
	m := &manifest{Format: formatNumber, Version: o.Version, Schema: c.schema, CreatedAt: o.Now.UTC().Truncate(time.Second), Postgres: c.postgres}
	for _, path := range c.paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		sum := sha256.New()
		name := filepath.Base(path)
		if err := copyFile(sum, path, meter{o.Progress, "checking " + name, 0, info.Size()}); err != nil {
			return nil, err
		}
		m.Files = append(m.Files, file{Name: name, Size: info.Size(), SHA256: hex.EncodeToString(sum.Sum(nil))})
	}
	return m, nil
}

func copyFile(w io.Writer, path string, m meter) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	_, err = io.Copy(io.MultiWriter(w, &m), in)
	return err
}

// meter tells of the bytes written to it.
type meter struct {
	progress    Progress
	stage       string
	done, total int64
}

func (m *meter) Write(p []byte) (int, error) {
	m.done += int64(len(p))
	m.progress.tell(m.stage, m.done, m.total)
	return len(p), nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
