package ctl

import (
	"context"
	"errors"
	"time"

	"tournant/internal/ha/control"
	"tournant/internal/hastatus"
)

const (
	handoverTime = 2 * time.Minute  // for a hand-over, all that is slow at AWS included
	agentTime    = 20 * time.Second // for an agent to start, or to do a small thing
)

// stopKeepalived hands over what this backend has and keeps it out of what
// comes. It waits until the other serves.
func (b *backend) stopKeepalived(ctx context.Context, yes bool) error {
	s, err := b.here(ctx)
	if errors.Is(err, control.ErrNoAgent) {
		b.app.note("The HA agent does not run here: only keepalived itself is stopped.")
		return unitFailure(b.app.Units.Stop(ctx, hastatus.UnitKeepalived))
	}
	if err != nil {
		return err
	}
	taken, err := b.letGo(ctx, s, yes)
	if err != nil {
		return err
	}
	if err := b.ask(ctx, control.StopKeepalived); err != nil {
		return err
	}
	if taken {
		if err := b.follow(ctx, s); err != nil {
			return err
		}
	}
	_, err = b.await(ctx, handoverTime, func(s *control.Status) bool { return s.Services["keepalived"] == "stopped" && idle(s) })
	return err
}

// letGo tells whether the other backend would take what this one has, and asks
// before this one lets go of what nobody would take.
func (b *backend) letGo(ctx context.Context, s *control.Status, yes bool) (taken bool, err error) {
	if !holds(s) {
		return false, nil
	}
	why := b.hindrance(ctx)
	if why == "" {
		return true, nil
	}
	b.app.note("[WARN] %s would not take over: %s", b.peer.Name, why)
	return false, b.app.confirm(yes, "Nobody would serve then. Stop all the same")
}

// startKeepalived lets this backend take part again, as standby unless nobody
// is primary.
func (b *backend) startKeepalived(ctx context.Context) error {
	if _, err := b.here(ctx); errors.Is(err, control.ErrNoAgent) {
		if err := b.startAgent(ctx); err != nil {
			return err
		}
	}
	if err := b.ask(ctx, control.StartKeepalived); err != nil {
		return err
	}
	s, err := b.await(ctx, agentTime, func(s *control.Status) bool {
		return s.Services["keepalived"] == "running" && (s.Keepalived.State == "backup" || s.Keepalived.State == "master")
	})
	if err != nil {
		return err
	}
	b.app.note("%s is %s: %s", s.Host, s.State, s.Reason)
	return nil
}

// startAgent starts the agent's unit and waits until it answers.
func (b *backend) startAgent(ctx context.Context) error {
	b.app.note("The HA agent does not run: starting it.")
	if err := b.app.Units.Start(ctx, hastatus.UnitAgent); err != nil {
		return unitFailure(err)
	}
	_, err := b.await(ctx, agentTime, func(*control.Status) bool { return true })
	return err
}

// keepalivedLine is its line in the words of the original's supervisor. Where
// systemd does not run, the agent's word has to do.
func (b *backend) keepalivedLine(ctx context.Context) string {
	state, err := b.app.Units.State(ctx, hastatus.UnitKeepalived)
	if err == nil {
		return line("keepalived", state)
	}
	if s, err := b.here(ctx); err == nil && s.Services["keepalived"] == "running" {
		return "run: keepalived"
	}
	return "down: keepalived"
}
