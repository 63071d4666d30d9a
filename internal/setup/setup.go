package setup

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"path/filepath"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/hastatus"
	"tournant/internal/storage"
	"tournant/internal/systemd"
)

// The paths of an installed server.
const (
	ConfigDir   = "/etc/opscode"
	DataDir     = "/var/opt/opscode"
	LogDir      = "/var/log/opscode"
	ConfigFile  = ConfigDir + "/chef-server.rb"
	RunningFile = ConfigDir + "/chef-server-running.json" // what was set up last
	// EnvironmentFile keeps, for the services, what the configuration takes from ENV.
	EnvironmentFile = ConfigDir + "/tournant.env"

	Unit = hastatus.UnitAPI
)

// ErrNotInstalled is returned on a host that does not have the unit: the
// package brings it.
var ErrNotInstalled = errors.New("there is no " + Unit + ": install the package tournant")

// Host is the host to set up.
type Host struct {
	Root      string // what paths are below; "" but in tests
	Addresses []netip.Prefix
	Units     *systemd.Manager
	Storage   *storage.Host       // of a backend
	Tell      func(change string) // of each change as it is made
	Note      func(text string)   // of what is waited for, and what else a person should know

	// Patience is how long a backend may take to be what it shall be.
	Patience time.Duration
}

// Outcome is what came of setting a host up.
type Outcome struct {
	Changes int
	// Backend is what the agent of a backend says; nil of other hosts.
	Backend *control.Status
	// Pending says what waits for a person: a primary is not interrupted.
	Pending string
}

// run is one setting up.
type run struct {
	*Host
	c       *config.Config
	adopt   *storage.Device // the volume to finish; nil: none
	out     Outcome
	restart bool // what the server reads at its start has changed

	// With topology "ha": of the settings that run, and of those that shall.
	before, now fingerprints
}

// Check looks, and changes nothing, for what keeps the host from being what c
// says: ErrNoSecrets where another host makes the secrets and they were not
// copied, ErrNotInstalled where there is no unit, and config.Problems for all
// else.
func (h *Host) Check(ctx context.Context, c *config.Config) error {
	return (&check{Host: h, c: c}).look(ctx)
}

// Apply sets the host up, if Check finds nothing.
func (h *Host) Apply(ctx context.Context, c *config.Config) (Outcome, error) {
	k := &check{Host: h, c: c}
	if err := k.look(ctx); err != nil {
		return Outcome{}, err
	}
	r := &run{Host: h, c: c, adopt: k.adopt}
	steps := []func(context.Context) error{r.directories, r.secrets, r.certificate, r.compare, r.environment, r.noBackend, r.service, r.running}
	switch {
	case isBackend(c):
		steps = []func(context.Context) error{
			r.directories, r.passable, r.volume, r.secrets, r.certificate, r.environment, r.fingerprint, r.hold, r.units, r.agent, r.keepalived,
			r.settle, r.server, r.superuser, r.applied, r.running,
		}
	case c.Topology == config.HA:
		steps = []func(context.Context) error{
			r.directories, r.secrets, r.certificate, r.compare, r.environment, r.frontend, r.noBackend, r.service, r.applied, r.running,
		}
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return r.out, err
		}
	}
	return r.out, nil
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
	const content = "# Every setting has a default. They are described in /usr/share/doc/tournant/configuration.md;\n" +
		"# after a change run chef-server-ctl reconfigure.\n"
	return r.file(ConfigFile, []byte(content), 0o640)
}

func (h *Host) path(elements ...string) string {
	return filepath.Join(append([]string{"/", h.Root}, elements...)...)
}

func (r *run) changed(format string, args ...any) {
	r.out.Changes++
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
