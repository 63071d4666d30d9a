package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// report is what LVM's commands say with --reportformat json.
type report struct {
	Report []struct {
		PV []physicalVolume `json:"pv"`
		LV []logicalVolume  `json:"lv"`
		VG []volumeGroup    `json:"vg"`
	} `json:"report"`
}

type physicalVolume struct {
	Name    string `json:"pv_name"`
	Group   string `json:"vg_name"`
	GroupID string `json:"vg_uuid"`
	Major   string `json:"pv_major"`
	Minor   string `json:"pv_minor"`
}

// number is that of the device, whichever of its names LVM prefers; 0:0 where
// the device is missing.
func (p physicalVolume) number() Number {
	major, err1 := strconv.ParseUint(p.Major, 10, 32)
	minor, err2 := strconv.ParseUint(p.Minor, 10, 32)
	if err1 != nil || err2 != nil {
		return Number{}
	}
	return Number{uint32(major), uint32(minor)}
}

type logicalVolume struct {
	Name string `json:"lv_name"`
}

type volumeGroup struct {
	Free string `json:"vg_free"`
}

// parseReport reads a report. That a group was not found is in it as well, as
// no volumes.
func parseReport(out string) (report, error) {
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		return r, fmt.Errorf("read what LVM reports: %w", err)
	}
	return r, nil
}

// parseFree reads how many bytes the one group of a report has left.
func parseFree(out string) (uint64, error) {
	r, err := parseReport(out)
	if err != nil {
		return 0, err
	}
	if len(r.Report) != 1 || len(r.Report[0].VG) != 1 {
		return 0, fmt.Errorf("read what LVM reports: it does not tell of %s", groupName)
	}
	text := r.Report[0].VG[0].Free
	free, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read what LVM reports: %q is no number of bytes", text)
	}
	return free, nil
}

// physicalVolumes lists all of this host, also those that LVM is not
// configured to use: their groups' names count.
func (h *Host) physicalVolumes(ctx context.Context) ([]physicalVolume, error) {
	out, err := h.Run.Output(ctx, "pvs", "--config", "devices { use_devicesfile=0 }", "--reportformat", "json",
		"--options", "pv_name,vg_name,vg_uuid,pv_major,pv_minor")
	if err != nil {
		return nil, fmt.Errorf("list the physical volumes: %w", err)
	}
	r, err := parseReport(out)
	if err != nil {
		return nil, err
	}
	var all []physicalVolume
	for _, part := range r.Report {
		all = append(all, part.PV...)
	}
	return all, nil
}

// volumes lists the logical volumes of the group.
func (l *lvm) volumes(ctx context.Context) ([]string, error) {
	out, err := l.run(ctx, "lvs", "--reportformat", "json", "--options", "lv_name", groupName)
	if err != nil {
		return nil, fmt.Errorf("list the logical volumes of %s: %w", groupName, err)
	}
	r, err := parseReport(out)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, part := range r.Report {
		for _, lv := range part.LV {
			names = append(names, lv.Name)
		}
	}
	return names, nil
}

// Autoactivates tells whether hosts activate the group on a device by
// themselves, at boot and when it is attached: Prepare has it not so.
func (h *Host) Autoactivates(ctx context.Context, d Device) (bool, error) {
	l := &lvm{host: h, device: d}
	out, err := l.run(ctx, "vgs", "--noheadings", "--options", "vg_autoactivation", groupName)
	if err != nil {
		return false, fmt.Errorf("ask whether %s activates itself: %w", groupName, err)
	}
	return strings.TrimSpace(out) != "", nil
}
