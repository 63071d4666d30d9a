package agent

import (
	"context"
	"errors"
	"fmt"

	"tournant/internal/ha"
	"tournant/internal/keepalived"
)

// executor does what the machine commands in the real world.
type executor struct {
	cfg      *Config
	cloud    *cloud
	device   *device
	services *services
	address  *address
	peers    *peers
	vrrp     keepalived.Files
	records  records
	look     *lane // one look at this host at a time

	root, data *room // of the agent's own files, and of the volume
}

// Do executes a command. It may outlast ctx where the kernel holds it.
func (x *executor) Do(ctx context.Context, c *ha.Command) ha.Result {
	switch c.Action {
	case ha.Observe:
		return x.observe(ctx)
	case ha.AskPeer:
		return x.peers.report(ctx)
	case ha.AskFrontends:
		return x.peers.vouch(ctx)
	case ha.AskRelease:
		err := x.peers.release(ctx)
		return result(codeOfPeer(err), err)
	case ha.TellPeer:
		err := x.peers.tell(ctx, c.Report)
		return result(codeOfPeer(err), err)
	case ha.Persist:
		return result(ha.Failed, x.records.save(c.Record))
	case ha.RaisePriority, ha.LowerPriority:
		return result(ha.Failed, x.vrrp.SetPrimary(c.Action == ha.RaisePriority))
	case ha.Heartbeat:
		started, err := x.device.beat(ctx, c.Epoch)
		r := result(codeOfStorage(err), err)
		r.Started = started
		return r
	}
	if r, known := x.doEC2(ctx, c); known {
		return r
	}
	if r, known := x.doVolume(ctx, c); known {
		return r
	}
	if r, known := x.doServices(ctx, c); known {
		return r
	}
	if r, known := x.doAddress(ctx, c); known {
		return r
	}
	return result(ha.Failed, fmt.Errorf("the agent does not know the action %s", c.Action))
}

func (x *executor) doEC2(ctx context.Context, c *ha.Command) (r ha.Result, known bool) {
	var err error
	switch c.Action {
	case ha.Describe:
		r.Attachment, err = x.cloud.describe(ctx)
	case ha.SelfTest:
		err = x.cloud.selfTest(ctx)
	case ha.AuditVIP:
		r.Yes, err = x.cloud.hasVIP(ctx)
	case ha.AssignVIP:
		err = x.cloud.assignVIP(ctx)
	case ha.Attach:
		err = x.cloud.attach(ctx, c.Attempt)
	case ha.Detach, ha.ForceDetach:
		err = x.detach(ctx, c.Action == ha.ForceDetach)
	case ha.DetachPeer, ha.ForceDetachPeer:
		err = x.cloud.detachPeer(ctx, c.Action == ha.ForceDetachPeer)
	default:
		return r, false
	}
	if err != nil {
		r.Code, r.Text = codeOfAWS(err), textOfAWS(err)
	}
	return r, true
}

// detach gives the volume back. Nothing here uses it any more, and what the
// kernel still has of it would make a detach wait for ever. A force waits for
// nothing here: what hangs is why there is one.
func (x *executor) detach(ctx context.Context, force bool) error {
	if force {
		err := x.cloud.detach(ctx, true)
		// With the volume gone, nothing hangs any more.
		_ = x.device.lane.override(ctx, x.device.forget)
		return err
	}
	if err := x.device.lane.do(ctx, x.device.deactivate); err != nil {
		return fmt.Errorf("%w: %w", errInUse, err)
	}
	return x.cloud.detach(ctx, false)
}

func (x *executor) doVolume(ctx context.Context, c *ha.Command) (r ha.Result, known bool) {
	var err error
	switch l := x.device.lane; c.Action {
	case ha.OpenDevice:
		err = l.do(ctx, x.device.open)
	case ha.TakeEpoch:
		err = l.do(ctx, func(ctx context.Context) (err error) {
			r.Epoch, r.Previous, err = x.device.take(ctx, c.Epoch)
			return err
		})
	case ha.Mount:
		err = l.do(ctx, x.mount)
	case ha.Unmount:
		err = l.do(ctx, x.device.unmount)
	case ha.UnmountLazily:
		err = l.override(ctx, x.device.drop)
	default:
		return r, false
	}
	if err != nil {
		r.Code, r.Text = codeOfMount(err), err.Error()
	}
	return r, true
}

// mount mounts the data and compares the cluster on it with the programs here.
func (x *executor) mount(ctx context.Context) error {
	if err := x.device.mount(ctx); err != nil {
		return err
	}
	err := x.services.cluster.CheckVersion(ctx)
	if err != nil {
		// A program that was ended because time is over does not say so.
		return errors.Join(uncheckedError{err}, ctx.Err(), x.device.unmount(ctx))
	}
	return nil
}

func (x *executor) doServices(ctx context.Context, c *ha.Command) (ha.Result, bool) {
	var err error
	switch s := x.services; c.Action {
	case ha.Checkpoint:
		err = s.checkpoint(ctx)
	case ha.StartPostgres:
		err = s.startPostgres(ctx, x.data.isFull, func() error { return x.device.still(c.Epoch) })
	case ha.StopPostgres:
		err = s.stop(ctx, s.postgres, unitPostgres)
	case ha.KillPostgres:
		err = s.kill(ctx, s.postgres, unitPostgres)
	case ha.StartAPI:
		err = s.startAPI(ctx)
	case ha.StopAPI:
		err = s.stopAPI(ctx)
	case ha.KillAPI:
		err = s.kill(ctx, s.api, unitAPI)
	case ha.StartKeepalived:
		err = s.start(ctx, s.keepalived, unitKeepalived)
	case ha.StopKeepalived:
		err = s.stop(ctx, s.keepalived, unitKeepalived)
	default:
		return ha.Result{}, false
	}
	return result(codeOfPostgres(err), err), true
}

func (x *executor) doAddress(ctx context.Context, c *ha.Command) (ha.Result, bool) {
	var err error
	switch a := x.address; c.Action {
	case ha.RenewLease:
		err = a.renew(ctx, c.Until)
	case ha.ConfirmLease:
		err = a.confirm(ctx, c.Until)
	case ha.WithdrawLease:
		err = a.withdraw(ctx)
	case ha.AddAddress:
		err = a.add(ctx)
	case ha.RemoveAddress:
		err = a.remove(ctx)
	default:
		return ha.Result{}, false
	}
	return result(codeOfVIP(err), err), true
}
