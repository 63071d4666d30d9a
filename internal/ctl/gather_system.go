package ctl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"time"

	"tournant/internal/config"
)

// recent is how far back logs are collected, and tail how much of each, in
// bytes.
const (
	recent = 24 * time.Hour
	tail   = 10 << 20
)

// addConfig adds what the configuration of an installed server says, or what is
// wrong with it. Its text stays here: a secret may stand anywhere in that.
func (g *gathering) addConfig(ctx context.Context) error {
	c, err := g.app.readConfig("")
	if err != nil {
		return g.add("config.txt", orError(nil, err))
	}
	shown, err := c.Show()
	if err := g.add("config.json", orError(shown, err)); err != nil || c.Topology != config.HA {
		return err
	}
	return g.add("ha-status.txt", g.command(ctx, "ha-status"))
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
