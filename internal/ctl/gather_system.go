package ctl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// recent is how far back logs are collected, and tail how much of each, in
// bytes.
const (
	recent = 24 * time.Hour
	tail   = 10 << 20
)

// addConfig adds the configuration of an installed server without secrets.
func (g *gathering) addConfig() error {
	text, err := os.ReadFile(filepath.Join(systemConfig, "chef-server.rb"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return g.add("chef-server.rb", orError(redact(text), err))
}

// journal is what systemd kept of the services' logs.
func (g *gathering) journal(ctx context.Context) []byte {
	args := []string{"--no-pager", "--unit=tournant*"}
	if !g.all {
		args = append(args, "--since=-"+fmt.Sprintf("%dh", int(recent.Hours())))
	}
	out, err := exec.CommandContext(ctx, "journalctl", args...).CombinedOutput()
	return orError(out, err)
}

// addLogs adds the files of the log directory that were written of late.
func (g *gathering) addLogs() error {
	return filepath.WalkDir(systemLogs, func(file string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return g.add("logs.txt", orError(nil, err))
		}
		info, err := d.Info()
		if err != nil || !info.Mode().IsRegular() || !g.all && g.at.Sub(info.ModTime()) > recent {
			return nil //nolint:nilerr // a file that went away meanwhile is not wanted
		}
		text, err := readTail(file, g.limit())
		name, _ := filepath.Rel(systemLogs, file) // below it: cannot fail
		return g.add(filepath.Join("logs", name), orError(text, err))
	})
}
