package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync/atomic"

	"tournant/internal/ha"
	"tournant/internal/vip"
)

// address is the VIP on this host and the lease without which nothing leaves
// from it.
type address struct {
	ip      netip.Addr
	lease   *vip.Lease
	address *vip.Address
	log     *slog.Logger

	leasing, moving *lane

	// silent says that nobody was told yet where the VIP is: without a lease
	// nobody can be.
	silent atomic.Bool
}

// newAddress lets nothing leave from the VIP from now on, but for what is left of a
// former agent's lease.
func newAddress(cfg *Config, log *slog.Logger) (*address, error) {
	lease, err := vip.NewLease(cfg.VIP)
	if err != nil {
		return nil, err
	}
	on, err := vip.NewAddress(cfg.VIP, cfg.Device)
	if err != nil {
		return nil, err
	}
	return &address{ip: cfg.VIP, lease: lease, address: on, log: log, leasing: newLane(), moving: newLane()}, nil
}

func (a *address) renew(ctx context.Context, until ha.Instant) error {
	return a.leasing.do(ctx, func(ctx context.Context) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return a.lease.Renew(until)
	})
}

func (a *address) confirm(ctx context.Context, until ha.Instant) error {
	err := a.leasing.do(ctx, func(ctx context.Context) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return a.lease.Confirm(until)
	})
	if err == nil && a.silent.CompareAndSwap(true, false) {
		go a.announce()
	}
	return err
}

func (a *address) withdraw(ctx context.Context) error {
	return a.leasing.override(ctx, func(context.Context) error { return a.lease.Drop() })
}

// add puts the VIP here. Neighbours are told now or with the first lease.
func (a *address) add(ctx context.Context) error {
	return a.moving.do(ctx, func(ctx context.Context) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := a.address.Add(); err != nil {
			return err
		}
		a.silent.Store(true)
		if a.lease.Remaining() > 0 && a.silent.CompareAndSwap(true, false) {
			go a.announce()
		}
		return nil
	})
}

func (a *address) announce() {
	if err := a.address.Announce(a.lease); err != nil {
		a.log.Warn("the neighbours could not be told where the VIP is", "error", err)
		a.silent.Store(errors.Is(err, vip.ErrNoLease))
	}
}

// remove takes the VIP away, and ends its connections where the kernel can.
func (a *address) remove(ctx context.Context) error {
	return a.moving.override(ctx, func(context.Context) error {
		a.silent.Store(false)
		if err := vip.Reset(a.ip); err != nil {
			a.log.Debug("connections to the VIP end by themselves", "error", err)
		}
		return a.address.Remove()
	})
}

func (a *address) here() (bool, error) {
	devices, err := a.address.Devices()
	return len(devices) > 0, err
}

// hardware is the address by which EC2 knows an interface.
func hardware(device string) (net.HardwareAddr, error) {
	nic, err := net.InterfaceByName(device)
	if err != nil {
		return nil, fmt.Errorf("interface %s of the VIP: %w", device, err)
	}
	return nic.HardwareAddr, nil
}
