package ctl

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

func (a *app) gatherLogs() *cobra.Command {
	var output string
	var all bool
	c := &cobra.Command{
		Use:   "gather-logs [flags]",
		Short: "Collect what support asks for into one file",
		Long: `Collect what support asks for into one file: versions, the server's state, the
names and sizes of its files, its configuration without secrets, recent logs; in
topology "ha" also what ha-status says here. The path of the file is printed.`,
		Example: "  " + name + " gather-logs --all-logs",
		Args:    none,
		RunE: func(c *cobra.Command, _ []string) error {
			dir, err := a.gathered()
			if err != nil {
				return err
			}
			g := &gathering{app: a, dir: dir, all: all, at: a.Now().UTC()}
			return g.write(c.Context(), output)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write (default one in the current directory)")
	c.Flags().BoolVar(&all, "all-logs", false, "old logs too, whole")
	return c
}

// gathered is the directory whose files are named. An installed server may be as
// broken as it likes: that is why this is run.
func (a *app) gathered() (string, error) {
	if a.dataFlag != "" {
		return a.data()
	}
	if err := a.needRoot(); err != nil {
		return "", err
	}
	if dir, err := a.dataDir(); err == nil {
		return dir, nil
	}
	return a.path(systemData), nil
}

// gathering is one run of gather-logs.
type gathering struct {
	app *app
	dir string
	all bool
	at  time.Time
	tar *tar.Writer
	top string // directory of everything in the archive
}

func (g *gathering) write(ctx context.Context, output string) (err error) {
	g.top = "chef-server-logs-" + g.at.Format("2006-01-02-15-04-05")
	if output == "" {
		output = g.top + ".tar.gz"
	}
	file, err := filepath.Abs(output)
	if err != nil {
		return fmt.Errorf("find %s: %w", output, err)
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("gather logs: %w", err)
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	gz := gzip.NewWriter(out)
	g.tar = tar.NewWriter(gz)
	if err := errors.Join(g.collect(ctx), g.tar.Close(), gz.Close()); err != nil {
		return fmt.Errorf("gather logs: %w", err)
	}
	g.app.print("%s", file)
	return nil
}

// collect adds everything. What cannot be had is told of in its place: a
// broken server is why this command is run.
func (g *gathering) collect(ctx context.Context) error {
	files, err := listFiles(g.dir)
	parts := []struct {
		name string
		text []byte
	}{
		{"version.txt", fmt.Appendf(nil, "%s (%s)\n", g.app.Version, g.app.Commit)},
		{"status.txt", g.command(ctx, "status")},
		{"files.txt", orError(files, err)},
	}
	for _, part := range parts {
		if err := g.add(part.name, part.text); err != nil {
			return err
		}
	}
	if g.app.dataFlag != "" {
		return g.addServerLog()
	}
	if err := g.addConfig(ctx); err != nil {
		return err
	}
	if err := g.add("journal.txt", g.journal(ctx)); err != nil {
		return err
	}
	return g.addLogs()
}

// addServerLog adds the log that `make run` keeps in the data directory.
func (g *gathering) addServerLog() error {
	text, err := readTail(filepath.Join(g.dir, "server.log"), g.limit())
	if errors.Is(err, fs.ErrNotExist) {
		text, err = []byte("A server on --data DIR writes its log to its standard error.\n"), nil
	}
	return g.add("logs.txt", orError(text, err))
}

// limit is how much of a log is wanted, 0 for all of it.
func (g *gathering) limit() int64 {
	if g.all {
		return 0
	}
	return tail
}

func (g *gathering) add(name string, text []byte) error {
	err := g.tar.WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: filepath.Join(g.top, name), Size: int64(len(text)), Mode: 0o600, ModTime: g.at,
	})
	if err != nil {
		return err
	}
	_, err = g.tar.Write(text)
	return err
}

// command is what the command of that name prints.
func (g *gathering) command(ctx context.Context, name string) []byte {
	var out bytes.Buffer
	env := g.app.Env
	env.Stdout, env.Stderr = &out, &out
	args := []string{name}
	if g.app.dataFlag != "" {
		args = append(args, "--data", g.dir)
	}
	Run(ctx, env, args)
	return out.Bytes()
}

func orError(text []byte, err error) []byte {
	if err != nil {
		return fmt.Appendf(text, "%v\n", err)
	}
	return text
}

// listFiles names what is below dir, with sizes; private keys stay unread.
func listFiles(dir string) ([]byte, error) {
	var out bytes.Buffer
	err := filepath.Walk(dir, func(file string, info os.FileInfo, err error) error {
		if err != nil {
			fmt.Fprintf(&out, "%s: %v\n", file, err)
			return nil
		}
		fmt.Fprintf(&out, "%s %12d %s %s\n", info.Mode(), info.Size(), info.ModTime().UTC().Format(time.RFC3339), file)
		return nil
	})
	return out.Bytes(), err
}

// readTail returns the last limit bytes of a file; 0 is all of it.
func readTail(file string, limit int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if limit > 0 && info.Size() > limit {
		if _, err := f.Seek(-limit, io.SeekEnd); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(f)
}
