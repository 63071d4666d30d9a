package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"

	"tournant/internal/config"
	"tournant/internal/hastatus"
	"tournant/internal/storage"
	"tournant/internal/store"
)

// check looks for what keeps a host from being what its configuration says, and
// changes nothing.
type check struct {
	*Host
	c        *config.Config
	problems config.Problems

	// adopt is the volume that people prepared and this host, the first backend,
	// is to finish; nil where there is nothing to finish.
	adopt *storage.Device
}

// look returns ErrNoSecrets, ErrNotInstalled, config.Problems, or why it could
// not look.
func (k *check) look(ctx context.Context) error {
	if err := k.secrets(); err != nil {
		return err
	}
	steps := []func(context.Context) error{k.installed, k.noAgent}
	switch {
	case isBackend(k.c):
		steps = []func(context.Context) error{k.installed, k.backendInstalled, k.standalone, k.address, k.device, k.postgres, k.volume}
	case k.c.Topology == config.HA:
		steps = append(steps, k.standalone, k.address)
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	if len(k.problems) > 0 {
		return k.problems
	}
	return nil
}

func isBackend(c *config.Config) bool { return c.Topology == config.HA && c.Role == config.Backend }

// found notes a problem of this host and the way out.
func (k *check) found(advice, format string, args ...any) {
	k.problems = append(k.problems, config.Problem{File: k.c.Host, Text: fmt.Sprintf(format, args...), Advice: advice, Exit: 1})
}

// secrets refuses a host that does not make them and does not have them.
func (k *check) secrets() error {
	have, err := config.ReadSecrets(k.path(secretsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if missing := missingSecrets(k.c, have); len(missing) > 0 && !k.c.Bootstrap {
		return noSecrets(k.c, missing)
	}
	return nil
}

func (k *check) installed(ctx context.Context) error {
	state, err := k.Units.State(ctx, Unit)
	if err == nil && !state.Loaded {
		err = ErrNotInstalled
	}
	return err
}

// backendInstalled looks for what a backend has beside the server.
func (k *check) backendInstalled(ctx context.Context) error {
	for _, unit := range []string{hastatus.UnitAgent, hastatus.UnitKeepalived} {
		state, err := k.Units.State(ctx, unit)
		if err != nil {
			return err
		}
		if !state.Loaded {
			k.found("Install the package tournant-ha, which takes the place of chef-ha.", "this host is a backend and has no %s", unit)
			return nil
		}
	}
	return nil
}

// noAgent refuses to take a backend for another host while its agent may have
// the volume.
func (k *check) noAgent(ctx context.Context) error {
	for _, unit := range []string{hastatus.UnitAgent, hastatus.UnitKeepalived} {
		state, err := k.Units.State(ctx, unit)
		if err != nil {
			return err
		}
		if state.Enabled || state.Active {
			k.found(fmt.Sprintf("If it shall not be one any more, end that first: systemctl disable --now %s %s", hastatus.UnitKeepalived, hastatus.UnitAgent),
				"this host is set up as a backend of topology \"ha\", and %s does not say so any more", k.c.File)
			return nil
		}
	}
	return nil
}

// standalone refuses to leave behind, without a word, what a server on this host
// keeps.
func (k *check) standalone(context.Context) error {
	file := DataDir + "/" + store.FileName
	if exists(k.path(file)) {
		k.found(fmt.Sprintf("To keep it: set topology \"standalone\" again, chef-server-ctl backup, and restore that once the backends serve. Then move it away: mv %s /root/", file),
			"this host has the database of a standalone server, %s, which topology \"ha\" would not use", file)
	}
	return nil
}

// address refuses a host whose address is not the one that others know it by.
func (k *check) address(context.Context) error {
	me := k.c.Me()
	if !slices.ContainsFunc(k.Addresses, func(p netip.Prefix) bool { return p.Addr() == me.Address }) {
		k.found("Correct :ipaddress on every host.", "the server entry %s has the address %s, and this host has %v", me.Name, me.Address, addresses(k.Addresses))
	}
	return nil
}

func addresses(prefixes []netip.Prefix) any {
	if len(prefixes) == 0 {
		return "none"
	}
	return prefixes
}
