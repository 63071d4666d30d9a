package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// mapping is a logical volume in the kernel.
type mapping struct {
	node Node
	over []string // the disks below
}

// mapping finds an active logical volume of the group by what the kernel
// shows, since /dev/mapper is made by others and later.
func (h *Host) mapping(volume string) (m mapping, active bool, err error) {
	dirs, err := filepath.Glob(filepath.Join(h.Sys, "block", "dm-*"))
	if err != nil {
		return m, false, err
	}
	for _, dir := range dirs {
		name, err := attribute(filepath.Join(dir, "dm"), "name")
		if errors.Is(err, fs.ErrNotExist) || err == nil && name != groupName+"-"+volume {
			continue
		}
		if err != nil {
			return m, false, fmt.Errorf("look for the active volume %s: %w", volume, err)
		}
		if m.node, err = h.node(dir, filepath.Base(dir)); err != nil {
			return m, false, err
		}
		entries, err := os.ReadDir(filepath.Join(dir, "slaves"))
		if err != nil {
			return m, false, fmt.Errorf("look what is below %s: %w", m.node.Name, err)
		}
		for _, entry := range entries {
			m.over = append(m.over, entry.Name())
		}
		return m, true, nil
	}
	return m, false, nil
}

// unmap removes a mapping without asking the volume. With --force what still
// waits for I/O gets an error.
func (h *Host) unmap(ctx context.Context, volume string) error {
	_, err := h.Run.Output(ctx, "dmsetup", "remove", "--force", "--retry", groupName+"-"+volume)
	return err
}
