package ctl

import (
	"context"

	"github.com/spf13/cobra"

	"tournant/internal/ha/control"
)

func (a *app) masterRecover() *cobra.Command {
	yes := false
	c := &cobra.Command{
		Use:   "master-recover",
		Short: "Set this server to HA master state, ignoring VRRP",
		Long: `Set this server to HA master state, ignoring VRRP: for when neither backend
serves and both wait. It is refused while the other is primary, or while a
frontend still reaches the other as primary; run backup-recover there first. It
takes the volume from a backend that is silent, also by force: what that one had
not written is lost.`,
		Example: "  " + name + " master-recover",
		Args:    none,
		RunE:    func(c *cobra.Command, _ []string) error { return a.recoverAsMaster(c.Context(), yes) },
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

func (a *app) recoverAsMaster(ctx context.Context, yes bool) error {
	b, err := a.backend()
	if err != nil {
		return err
	}
	question := "Make " + b.c.Host + " primary, and take the volume from " + b.peer.Name + " by force if that one is silent"
	if err := a.confirm(yes, question); err != nil {
		return err
	}
	if err := b.ask(ctx, control.MasterRecover); err != nil {
		return err
	}
	s, err := b.await(ctx, handoverTime, serves)
	if err != nil {
		return err
	}
	a.print("%s is primary, epoch %d.", s.Host, s.Epoch)
	return nil
}

func (a *app) backupRecover() *cobra.Command {
	yes := false
	c := &cobra.Command{
		Use:   "backup-recover",
		Short: "Set this server to HA backup state, ignoring VRRP",
		Long: `Set this server to HA backup state, ignoring VRRP: it lets go of the volume and
the virtual IP address, and does not take them again before start keepalived or
master-recover here, also after a reboot. The other takes over if it can. After
backup-recover on both, nobody serves.`,
		Example: "  " + name + " backup-recover",
		Args:    none,
		RunE:    func(c *cobra.Command, _ []string) error { return a.recoverAsBackup(c.Context(), yes) },
	}
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

func (a *app) recoverAsBackup(ctx context.Context, yes bool) error {
	b, err := a.backend()
	if err != nil {
		return err
	}
	s, err := b.here(ctx)
	if err != nil {
		return agentFailure(err)
	}
	taken, err := b.letGo(ctx, s, yes)
	if err != nil {
		return err
	}
	if taken || !holds(s) { // else it was asked about already
		if err := a.confirm(yes, "Make "+s.Host+" standby, and keep it so"); err != nil {
			return err
		}
	}
	if err := b.ask(ctx, control.BackupRecover); err != nil {
		return err
	}
	if taken {
		if err := b.follow(ctx, s); err != nil {
			return err
		}
	}
	if _, err := b.await(ctx, handoverTime, func(s *control.Status) bool { return s.Held && idle(s) }); err != nil {
		return err
	}
	a.print("%s is backup, and stays it until `%s start keepalived`.", s.Host, name)
	return nil
}
