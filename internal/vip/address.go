package vip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Address is the VIP on the network interface of this host.
type Address struct {
	vip    netip.Addr
	device string
}

// NewAddress names it. Nothing is changed yet.
func NewAddress(vip netip.Addr, device string) (*Address, error) {
	if !vip.Is4() {
		return nil, fmt.Errorf("vip: %s is no IPv4 address, and EC2 moves no others", vip)
	}
	if device == "" {
		return nil, errors.New("vip: no interface is named")
	}
	return &Address{vip: vip, device: device}, nil
}

// Add puts the address on the interface, or leaves it there, as an alias that
// `ip addr` shows. It announces nothing.
func (a *Address) Add() error {
	link, err := netlink.LinkByName(a.device)
	if err != nil {
		return fmt.Errorf("vip: interface %s: %w", a.device, err)
	}
	if link.Attrs().Flags&net.FlagUp == 0 {
		return fmt.Errorf("vip: interface %s is down", a.device)
	}
	address := &netlink.Addr{IPNet: netlink.NewIPNet(a.vip.AsSlice())} // a /32: no second route to the subnet
	if label := a.device + ":vip"; len(label) < unix.IFNAMSIZ {
		address.Label = label
	}
	if err := netlink.AddrReplace(link, address); err != nil {
		return fmt.Errorf("vip: add %s to %s: %w", a.vip, a.device, err)
	}
	return nil
}

// Remove takes the address off whichever interfaces have it: others, such as
// the cloud's own network scripts, may have added it, too.
func (a *Address) Remove() error {
	found, err := a.find()
	if err != nil {
		return err
	}
	var errs []error
	for _, f := range found {
		link, err := netlink.LinkByIndex(f.LinkIndex)
		if err == nil {
			err = netlink.AddrDel(link, &f)
		}
		if err != nil && !gone(err) {
			errs = append(errs, fmt.Errorf("vip: remove %s: %w", a.vip, err))
		}
	}
	return errors.Join(errs...)
}

// gone tells whether something was not there any more.
func gone(err error) bool {
	var noLink netlink.LinkNotFoundError
	return errors.Is(err, unix.EADDRNOTAVAIL) || errors.Is(err, unix.ENODEV) || errors.As(err, &noLink)
}

// Devices are the names of the interfaces that have the address, sorted.
func (a *Address) Devices() ([]string, error) {
	found, err := a.find()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, f := range found {
		link, err := netlink.LinkByIndex(f.LinkIndex)
		if err != nil {
			if gone(err) {
				continue
			}
			return nil, fmt.Errorf("vip: %w", err)
		}
		names = append(names, link.Attrs().Name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func (a *Address) find() ([]netlink.Addr, error) {
	all, err := netlink.AddrList(nil, netlink.FAMILY_V4)
	if err != nil {
		return nil, fmt.Errorf("vip: list the addresses of this host: %w", err)
	}
	return slices.DeleteFunc(all, func(f netlink.Addr) bool { return !f.IP.Equal(a.vip.AsSlice()) }), nil
}
