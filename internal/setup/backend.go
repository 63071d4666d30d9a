package setup

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tournant/internal/ha/control"
	"tournant/internal/hastatus"
	"tournant/internal/keepalived"
)

// The states of a backend that are looked for.
const (
	primary = "primary"
	standby = "standby"
)

// agent has the HA agent run with these settings, unless they are held, and start
// with the host. What it runs with is kept at once: who corrects a mistake by which this backend never gets any further has
// it start again.
func (r *run) agent(ctx context.Context) error {
	state, err := r.Units.State(ctx, hastatus.UnitAgent)
	if err != nil {
		return err
	}
	switch {
	case !state.Active:
		if err := r.startAgent(ctx, r.Units.Start); err != nil {
			return err
		}
		r.changed("started %s", hastatus.UnitAgent)
	case r.now.Agent != r.before.Agent: // and nothing holds it
		if err := r.renewAgent(ctx); err != nil {
			return err
		}
	}
	if err := r.runs(r.before); err != nil {
		return err
	}
	return r.enable(ctx, hastatus.UnitAgent, state.Enabled)
}

func (r *run) enable(ctx context.Context, unit string, is bool) error {
	if is {
		return nil
	}
	if err := r.Units.Enable(ctx, unit); err != nil {
		return err
	}
	r.changed("enabled %s", unit)
	return nil
}

// renewAgent starts the agent again where it has nothing.
func (r *run) renewAgent(ctx context.Context) error {
	if err := r.startAgent(ctx, r.Units.Restart); err != nil {
		return err
	}
	r.changed("restarted %s", hastatus.UnitAgent)
	return nil
}

// hold finds out whether what the agent reads has to wait: where it has the
// volume, or does not answer, to start it again would be a failover, and a person
// decides. Then nothing that PostgreSQL and the server share with it becomes
// other before it does.
func (r *run) hold(ctx context.Context) error {
	state, err := r.Units.State(ctx, hastatus.UnitAgent)
	if err != nil || !state.Active || r.now.Agent == r.before.Agent {
		return err
	}
	status, err := r.control().Status(ctx)
	switch has := err != nil && !errors.Is(err, control.ErrNoAgent) || err == nil && status.Epoch != 0; {
	case !has:
	case r.before.Agent == "": // nobody knows what it runs with, and it works
		r.before = r.now
	default:
		r.now = r.before
		r.out.Pending = "This backend has the volume, and goes on with the settings before. To take the new ones without losing a request: " +
			"chef-server-ctl reconfigure on the other backend, chef-server-ctl ha-failover here, then chef-server-ctl reconfigure here. " +
			"Where the other is gone, or new: chef-server-ctl stop keepalived, reconfigure and start keepalived here, which requests wait for."
	}
	return nil
}

// startAgent has the agent run with these settings. Why one does not start is in
// its log alone.
func (r *run) startAgent(ctx context.Context, start func(ctx context.Context, unit string) error) error {
	err := start(ctx, hastatus.UnitAgent)
	if err == nil {
		r.before = r.now
		return nil
	}
	words, logErr := r.Units.LastWords(ctx, hastatus.UnitAgent, lastLines)
	if logErr != nil {
		return err
	}
	return fmt.Errorf("%w\n%s", err, strings.TrimSpace(words))
}

// lastLines are enough to have what an agent that cannot start says of it.
const lastLines = 10

func (r *run) control() *control.Client { return control.NewClient(r.path(control.Socket)) }

// keepalived has keepalived watch the other backend. It reads a changed
// configuration again, which is no failover. One that was enabled and does not
// run was stopped by a person, and stays so.
func (r *run) keepalived(ctx context.Context) error {
	if err := r.configureKeepalived(); err != nil {
		return err
	}
	state, err := r.Units.State(ctx, hastatus.UnitKeepalived)
	if err != nil {
		return err
	}
	if state.Enabled && !state.Active && !state.Failed {
		r.Note("keepalived was stopped on this backend, which takes no part: chef-server-ctl start keepalived")
		return nil
	}
	if !state.Active {
		if err := r.Units.Start(ctx, hastatus.UnitKeepalived); err != nil {
			return err
		}
		r.changed("started %s", hastatus.UnitKeepalived)
	}
	return r.enable(ctx, hastatus.UnitKeepalived, state.Enabled)
}

func (r *run) configureKeepalived() error {
	vrrp, err := keepalived.Of(r.c)
	if err != nil {
		return err
	}
	files := keepalived.FilesIn(r.path(DataDir+"/keepalived"), r.path("/run/tournant-ha"))
	content, err := vrrp.Config(files)
	if err != nil {
		return err
	}
	done, err := files.Apply(content)
	if done.Written {
		r.changed("wrote %s", r.inRoot(files.Config))
	}
	if done.Read {
		r.changed("had keepalived read its configuration again")
	}
	return err
}

// server starts the server of a primary again if it runs with other settings.
// The database, and so the other hosts, go on. One that the agent starts later
// reads them then.
func (r *run) server(ctx context.Context) error {
	other := r.before.Server != "" && r.before.Server != r.now.Server
	if !other || r.out.Backend.State != primary {
		return nil
	}
	if err := r.Units.Restart(ctx, Unit); err != nil {
		return err
	}
	r.changed("restarted %s", Unit)
	return nil
}
