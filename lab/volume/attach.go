package volume

import (
	"errors"
	"fmt"
	"path/filepath"
)

// Attach makes host's I/O work and its device appear: DIR/HOST/dev/nvme1n1 with
// its partitions, and their entries in DIR/HOST/sys/block. The name under which
// EC2 attaches is not one that a Nitro instance's kernel knows.
func (v *Volume) Attach(host, _ string) error {
	v.deviceMu.Lock()
	defer v.deviceMu.Unlock()
	if v.devices[host] != nil {
		return fmt.Errorf("%s is attached to %s already", v.config.ID, host)
	}
	// The table is read from the image: reading it from the device would hang
	// where the I/O does.
	table, err := partitions(v.config.Image)
	if err != nil {
		return err
	}
	p, err := v.connect(host, table)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%s-%d", host, p.number)
	v.files.add(name, p)
	d, err := makeDevice(filepath.Join(v.mountPoint(), name), table)
	if err == nil {
		d.file = name
		v.devices[host] = d
		v.afflict(p)
		err = d.show(v.Dev(host), v.Sys(host), v.serial())
	}
	if err != nil {
		v.Cut(host)
		v.files.remove(name)
		return errors.Join(fmt.Errorf("attach %s to %s: %w", v.config.ID, host, err), v.remove(host))
	}
	return nil
}

// connect opens a new port, and logs that it is open.
func (v *Volume) connect(host string, table []partition) (*port, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for other := range v.ports {
		return nil, fmt.Errorf("%s is attached to %s already", v.config.ID, other)
	}
	if err := v.readEpoch(table); err != nil {
		return nil, err
	}
	v.attachments++
	p := newPort(v, host, v.attachments)
	e := v.entry(p, 0, 0, true)
	e.Event = Attach
	if err := v.log.write(e); err != nil {
		return nil, err
	}
	v.ports[host] = p
	return p, nil
}

// afflict puts the host's faults on a new port: not before the device is made,
// which syncs and would hang, and before the host can see it.
func (v *Volume) afflict(p *port) {
	v.mu.Lock()
	defer v.mu.Unlock()
	p.failing = v.failing[p.host]
	p.stall(v.stalled[p.host])
}

// Cut lets every later I/O of host fail. When it returns, none is under way, and
// what was held up has failed.
func (v *Volume) Cut(host string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	p := v.ports[host]
	if p == nil {
		return
	}
	delete(v.ports, host)
	close(p.cut)
	e := v.entry(p, 0, 0, true)
	e.Event = Cut
	// Where this cannot be logged, nor can the next attachment's beginning, which
	// fails.
	_ = v.log.write(e)
}

// Remove takes the device away. What has it mounted or open keeps a device
// whose every I/O fails, until it lets go.
func (v *Volume) Remove(host string) error {
	v.deviceMu.Lock()
	defer v.deviceMu.Unlock()
	return v.remove(host)
}

func (v *Volume) remove(host string) error {
	d := v.devices[host]
	if d == nil {
		return nil
	}
	delete(v.devices, host)
	v.files.remove(d.file)
	if err := errors.Join(d.hide(), d.release()); err != nil {
		return fmt.Errorf("remove %s from %s: %w", v.config.ID, host, err)
	}
	return nil
}

// InUse says whether host has the device or one of its partitions mounted or
// open.
func (v *Volume) InUse(host string) (bool, error) {
	v.deviceMu.Lock()
	defer v.deviceMu.Unlock()
	if d := v.devices[host]; d != nil {
		return d.inUse()
	}
	return false, nil
}

// Stall lets host's I/O hang, now and in later attachments, or go on.
func (v *Volume) Stall(host string, on bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.stalled[host] = on
	if p := v.ports[host]; p != nil {
		p.stall(on)
	}
}

// Held is how many reads, writes and syncs of host a stall holds up.
func (v *Volume) Held(host string) int {
	v.mu.RLock()
	defer v.mu.RUnlock()
	p := v.ports[host]
	if p == nil {
		return 0
	}
	p.stallMu.Lock()
	defer p.stallMu.Unlock()
	return p.waiting
}

// Fail lets host's I/O fail, now and in later attachments, or work again.
func (v *Volume) Fail(host string, on bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.failing[host] = on
	if p := v.ports[host]; p != nil {
		p.failing = on
	}
}
