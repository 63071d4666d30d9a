package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"tournant/lab/failover"
)

// runUpgrades runs the rows in which a cluster gets another release: those of
// --before and of --packages, one way and the other.
func (o options) runUpgrades(ctx context.Context) error {
	if failover.Kind(o.hosts) != failover.Machines {
		return errors.New("--before is for --hosts machines: only they have packages")
	}
	before, err := failover.FindRelease(ctx, o.before)
	if err != nil {
		return err
	}
	now, err := failover.FindRelease(ctx, o.packages)
	if err != nil {
		return err
	}
	if before.Version == now.Version {
		return fmt.Errorf("%s and %s have both version %s, which is no upgrade", o.before, o.packages, now.Version)
	}
	for _, name := range o.rows {
		row, packages := failover.UpgradeRow(name, before, now, os.Stderr), o.before
		switch name {
		case failover.Upgrade:
		case failover.Downgrade:
			row, packages = failover.UpgradeRow(name, now, before, os.Stderr), o.packages
		default:
			return fmt.Errorf("row %s: with --before there are %s and %s", name, failover.Upgrade, failover.Downgrade)
		}
		each := o
		each.packages = packages
		if err := each.runRows(ctx, []failover.Row{row}); err != nil {
			return err
		}
	}
	return nil
}
