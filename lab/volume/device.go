package volume

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A device is what a host sees of an attachment.
type device struct {
	loop  loop
	file  string
	table []partition
	// dev and sys are the host's directories; name is what the device is called
	// there.
	dev, sys, name string
}

// makeDevice puts a loop device over file, with its partitions.
func makeDevice(file string, table []partition) (*device, error) {
	l, err := newLoop(file)
	if err != nil {
		return nil, err
	}
	if err := l.addPartitions(table); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return &device{loop: l, table: table}, nil
}

// show makes the nodes and, once they are there, the description that agents
// look for: as a Nitro instance has it for NVMe.
func (d *device) show(dev, sys, serial string) error {
	block := filepath.Join(sys, "block")
	if err := errors.Join(os.MkdirAll(dev, 0o755), os.MkdirAll(block, 0o755)); err != nil {
		return err
	}
	d.dev, d.sys = dev, sys
	// nvme0n1 is the root volume. A name is free again once its device is gone.
	for n := 1; ; n++ {
		d.name = fmt.Sprintf("nvme%dn1", n)
		if _, err := os.Lstat(filepath.Join(dev, d.name)); errors.Is(err, os.ErrNotExist) {
			break
		}
	}
	staged := filepath.Join(sys, "."+d.name)
	if err := errors.Join(os.RemoveAll(staged), d.describe(staged, d.name, d.loop.name)); err != nil {
		return err
	}
	identity := filepath.Join(staged, "device")
	if err := errors.Join(os.Mkdir(identity, 0o755), put(identity, "serial", serial), put(identity, "model", "Amazon Elastic Block Store")); err != nil {
		return err
	}
	for _, p := range d.table {
		name := fmt.Sprintf("%sp%d", d.name, p.number)
		dir := filepath.Join(staged, name)
		kernel := fmt.Sprintf("%sp%d", d.loop.name, p.number)
		if err := errors.Join(d.describe(dir, name, filepath.Join(d.loop.name, kernel)), put(dir, "partition", fmt.Sprint(p.number)), put(dir, "start", fmt.Sprint(p.start/sector))); err != nil {
			return err
		}
	}
	return os.Rename(staged, filepath.Join(block, d.name))
}

// describe makes a node, and a directory with its number and size. kernel is
// the device's place in the kernel's own /sys/block.
func (d *device) describe(dir, name, kernel string) error {
	number, err := os.ReadFile(filepath.Join("/sys/block", kernel, "dev"))
	if err != nil {
		return err
	}
	size, err := os.ReadFile(filepath.Join("/sys/block", kernel, "size"))
	if err != nil {
		return err
	}
	var major, minor uint32
	if _, err := fmt.Sscanf(string(number), "%d:%d", &major, &minor); err != nil {
		return fmt.Errorf("device number %q: %w", number, err)
	}
	if err := unix.Mknod(filepath.Join(d.dev, name), unix.S_IFBLK|0o600, int(unix.Mkdev(major, minor))); err != nil {
		return fmt.Errorf("mknod %s: %w", name, err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	return errors.Join(put(dir, "dev", strings.TrimSpace(string(number))), put(dir, "size", strings.TrimSpace(string(size))))
}

func put(dir, name, text string) error {
	return os.WriteFile(filepath.Join(dir, name), []byte(text+"\n"), 0o600)
}

// hide takes the description and the nodes away.
func (d *device) hide() error {
	if d.name == "" {
		return nil
	}
	errs := []error{os.RemoveAll(filepath.Join(d.sys, "block", d.name)), os.RemoveAll(filepath.Join(d.sys, "."+d.name)), os.RemoveAll(filepath.Join(d.dev, d.name))}
	for _, p := range d.table {
		errs = append(errs, os.RemoveAll(filepath.Join(d.dev, fmt.Sprintf("%sp%d", d.name, p.number))))
	}
	return errors.Join(errs...)
}

// release takes the loop device away, unless it is in use: then it goes with
// its last user, and its partitions with the next use of the loop device.
func (d *device) release() error {
	return d.loop.release()
}
