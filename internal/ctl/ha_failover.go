package ctl

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"tournant/internal/ha/control"
)

func (a *app) haFailover() *cobra.Command {
	return &cobra.Command{
		Use:   "ha-failover",
		Short: "Let the other backend be primary, in good order",
		Long: `Let the other backend be primary, in good order: requests wait while the
volume and the virtual IP address move, which takes seconds, and none is lost.
It works on either backend, waits until the new primary serves, and says for how
long nobody did. Unlike after stop keepalived, the old primary is standby at
once, and takes over again if it must.`,
		Example: "  " + name + " ha-failover",
		Args:    none,
		RunE:    func(c *cobra.Command, _ []string) error { return a.failover(c.Context()) },
	}
}

func (a *app) failover(ctx context.Context) error {
	b, err := a.backend()
	if err != nil {
		return err
	}
	s, err := b.here(ctx)
	if err != nil {
		return agentFailure(err)
	}
	h := handover{b: b, fromHere: s.State == "primary", within: handoverTime}
	h.look(ctx)
	if h.fromHere {
		if why := b.hindrance(ctx); why != "" {
			return fail("%s would not take over: %s. Nothing was changed.", b.peer.Name, why)
		}
	}
	if serves(h.from) {
		h.served = a.Now()
	}
	if err := b.askFailover(ctx, h.fromHere); err != nil {
		return err
	}
	return h.follow(ctx)
}

// peerKnown is within what time an agent knows of what becomes of its peer's,
// which it asks each second.
const peerKnown = 3 * time.Second

// askFailover has the agent begin. Where it refuses to hand over, which the other
// backend itself has just agreed to, it is asked again until it must have heard.
func (b *backend) askFailover(ctx context.Context, fromHere bool) error {
	deadline := time.After(peerKnown)
	for {
		err := b.ask(ctx, control.Failover)
		var refused *control.RefusedError
		if !fromHere || !errors.As(err, &refused) {
			return err
		}
		select {
		case <-deadline:
			return err
		default:
		}
		if err := pauseForLook(ctx); err != nil {
			return err
		}
	}
}
