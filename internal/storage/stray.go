package storage

import (
	"context"
	"fmt"
)

// StrayGroup returns a *GroupError if a disk of this host other than volume has
// a volume group of the volume's name. volume is nil where it is not attached.
func (h *Host) StrayGroup(ctx context.Context, volume *Device) error {
	all, err := h.physicalVolumes(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Group == groupName && (volume == nil || p.number() != volume.Number) {
			return &GroupError{p.Name, fmt.Sprintf("it has a volume group %s, and so has the volume that both backends share, which could not be used on this host: "+
				"unmount what is mounted of it; %s", groupName, p.away())}
		}
	}
	return nil
}

// away is how people get a group out of the way.
func (p physicalVolume) away() string {
	return fmt.Sprintf("if nothing on it is needed, remove it with `vgremove --select vg_uuid=%s`, else rename it with `vgrename %[1]s old`", p.GroupID)
}
