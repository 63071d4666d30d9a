package ctl

import (
	"context"

	"github.com/spf13/cobra"

	"tournant/internal/ha/control"
)

func (a *app) haMaintenance() *cobra.Command {
	return &cobra.Command{
		Use:   "ha-maintenance on|off",
		Short: "Keep this backend from taking over by itself, or let it again",
		Long: `Keep this backend from taking over by itself, or let it again. A primary goes on
serving, and does not hand over because of trouble of its own; a standby leaves
the volume alone even if the primary fails. It outlives a reboot.`,
		Example:   "  " + name + " ha-maintenance on",
		Args:      exactly(1, "You must say on or off."),
		ValidArgs: []string{"on", "off"},
		RunE:      func(c *cobra.Command, args []string) error { return a.maintain(c.Context(), args[0]) },
	}
}

func (a *app) maintain(ctx context.Context, word string) error {
	request, known := map[string]control.Request{"on": control.MaintenanceOn, "off": control.MaintenanceOff}[word]
	if !known {
		return fail("Error: %q: say on or off.", word)
	}
	b, err := a.backend()
	if err != nil {
		return err
	}
	if err := b.ask(ctx, request); err != nil {
		return err
	}
	on := request == control.MaintenanceOn
	s, err := b.await(ctx, agentTime, func(s *control.Status) bool { return s.Maintenance == on })
	if err != nil {
		return err
	}
	if on {
		a.print("%s is in maintenance: it does not take over by itself until `%s ha-maintenance off`.", s.Host, name)
		return nil
	}
	a.print("%s is not in maintenance: it takes over when it must.", s.Host)
	return nil
}
