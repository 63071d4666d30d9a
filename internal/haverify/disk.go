package haverify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tournant/internal/aws"
	"tournant/internal/storage"
)

// lvmTime bounds LVM's commands, which read the disk.
const lvmTime = 20 * time.Second

// disk looks at the volume where this host has it. Where it has not, the other
// backend's ha-verify does.
func (r *run) disk(ctx context.Context) {
	const name = "device"
	devices, err := aws.DeviceNames(r.Config.HA.Device)
	if err != nil {
		return // it was told already
	}
	d, err := r.Disks.Find(r.Config.HA.VolumeID, aws.XenNames(devices)...)
	switch {
	case errors.Is(err, storage.ErrNoDevice):
		r.ok(name, "the volume is no device of this host now: what is on it is looked at where it is attached")
		return
	case err != nil:
		r.failed(name, "the volume's device is not to be told", err.Error(), "Detach what is not the volume.")
		return
	}
	serial := "its name is that of ha['ebs_device']"
	if d.Serial != "" {
		serial = "its serial is " + d.Serial
	}
	r.ok(name, fmt.Sprintf("the volume is %s: %s", d.Path, serial))
	ctx, cancel := context.WithTimeout(ctx, lvmTime)
	defer cancel()
	r.layout(ctx, d)
}

func (r *run) layout(ctx context.Context, d storage.Device) {
	const name = "layout"
	layout, err := r.Disks.Layout(ctx, d)
	if err != nil {
		r.failed(name, "the volume is not divided as it has to be", err.Error(), "")
		return
	}
	r.ok(name, "the volume has a place for the epoch block and one for the data ("+layout.Kind()+")")
	if layout.Kind() != storage.LVM {
		return
	}
	const activation = "autoactivation"
	const by = "vgchange --setautoactivation n chef"
	on, err := r.Disks.Autoactivates(ctx, d)
	switch {
	case err != nil:
		r.failed(activation, "whether the volume group chef activates itself is not known", err.Error(), "Run `"+by+"`.")
	case on:
		r.failed(activation, "the volume group chef activates itself at boot and when it is attached", "", "Run `"+by+"`: a backend boots as standby.")
	default:
		r.ok(activation, "the volume group chef does not activate itself")
	}
}
