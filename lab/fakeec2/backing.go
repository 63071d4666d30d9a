package fakeec2

import "net/netip"

// A Disk is what a volume's bytes are behind. Hosts are named as in the lab.
// lab/volume is the real one; a volume without a Disk has no bytes.
type Disk interface {
	// Attach makes host's I/O work and its device appear. From another host's
	// Cut until here nothing has been written.
	Attach(host, device string) error
	// InUse says whether host has the device mounted or open.
	InUse(host string) (bool, error)
	// Cut lets every later I/O of host fail. When it returns, none is under way.
	Cut(host string)
	// Remove takes the device away from host, whose I/O was cut.
	Remove(host string) error
	// Stall lets host's I/O hang, or go on.
	Stall(host string, on bool)
	// Fail lets host's I/O fail, or work again.
	Fail(host string, on bool)
}

// A Network delivers what is sent to an address. lab/network is the real one.
type Network interface {
	// Route has frames for a secondary address delivered to the interface with
	// this MAC and to no other, and accepts frames from the address only from it.
	Route(address netip.Addr, mac string) error
	// Unplug cuts host off, or connects it again.
	Unplug(host string, on bool) error
}

type noDisk struct{}

func (noDisk) Attach(string, string) error { return nil }
func (noDisk) InUse(string) (bool, error)  { return false, nil }
func (noDisk) Cut(string)                  {}
func (noDisk) Remove(string) error         { return nil }
func (noDisk) Stall(string, bool)          {}
func (noDisk) Fail(string, bool)           {}

type noNetwork struct{}

func (noNetwork) Route(netip.Addr, string) error { return nil }
func (noNetwork) Unplug(string, bool) error      { return nil }
