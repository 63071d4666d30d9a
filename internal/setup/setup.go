package setup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tournant/internal/config"
	"tournant/internal/systemd"
)

// The paths of an installed server.
const (
	ConfigDir   = "/etc/opscode"
	DataDir     = "/var/opt/opscode"
	LogDir      = "/var/log/opscode"
	ConfigFile  = ConfigDir + "/chef-server.rb"
	RunningFile = ConfigDir + "/chef-server-running.json" // what was set up last
	environment = ConfigDir + "/tournant.env"

	Unit = "tournant.service"
)

// ErrNotInstalled is returned on a host that does not have the unit: the
// package brings it.
var ErrNotInstalled = errors.New("there is no " + Unit + ": install the package tournant")

// Host is the host to set up.
type Host struct {
	Root  string // what paths are below; "" but in tests
	Units *systemd.Manager
	Tell  func(change string) // of each change as it is made
}

// run is one setting up.
type run struct {
	*Host
	c       *config.Config
	changes int
	restart bool // what the server reads at its start has changed
}

// Apply sets the host up and returns how many things it changed. It returns
// ErrNoSecrets where another host makes the secrets and they were not copied,
// and ErrNotInstalled where there is no unit.
func (h *Host) Apply(ctx context.Context, c *config.Config) (changes int, err error) {
	r := &run{Host: h, c: c}
	for _, step := range []func(context.Context) error{
		r.directories, r.secrets, r.compare, r.environment, r.service, r.running,
	} {
		if err := step(ctx); err != nil {
			return r.changes, err
		}
	}
	return r.changes, nil
}

// EnsureConfigFile makes an empty configuration where there is none: all
// settings have defaults.
func (h *Host) EnsureConfigFile() error {
	r := &run{Host: h}
	if err := r.directory(ConfigDir, 0o755); err != nil {
		return err
	}
	if exists(r.path(ConfigFile)) {
		return nil
	}
	const content = "# Every setting has a default. They are described in docs/configuration.md;\n" +
		"# after a change run chef-server-ctl reconfigure.\n"
	return r.file(ConfigFile, []byte(content), 0o640)
}

func (h *Host) path(p string) string { return filepath.Join("/", h.Root, p) }

func (r *run) changed(format string, args ...any) {
	r.changes++
	r.Tell(fmt.Sprintf(format, args...))
}

func (r *run) directories(context.Context) error {
	if err := r.directory(ConfigDir, 0o755); err != nil {
		return err
	}
	// PostgreSQL's user passes through it, on a backend, to the volume.
	if err := r.directory(DataDir, 0o711); err != nil {
		return err
	}
	return r.directory(LogDir, 0o755)
}

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

// running keeps what the server runs with, without secrets.
func (r *run) running(context.Context) error {
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
	if !state.Loaded {
		return ErrNotInstalled
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
