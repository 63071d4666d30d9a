package failover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"tournant/lab/cluster"
	"tournant/lab/load"
	"tournant/lab/volume"
)

// judge holds what clients, volume and network saw against what must be.
func (t *trial) judge(ctx context.Context, row Row, primary string, h load.History, r *Result) error {
	ctx, cancel := t.within(ctx)
	defer cancel()
	report, err := load.Verify(ctx, t.load, h)
	if err != nil {
		return err
	}
	r.take(report)
	r.judgeFailures(row, h)
	if err := t.judgeHolder(ctx, r); err != nil {
		return err
	}
	frames, err := t.frames()
	if err != nil {
		return err
	}
	log, err := t.volumeLog()
	if err != nil {
		return err
	}
	defer log.Close()
	written, err := volume.Check(log)
	if err != nil {
		return err
	}
	r.Epoch = written.LastEpoch
	r.wrong(len(written.Violations), "the volume had a second writer", written.Violations)
	if err := t.judgeCopy(row, r); err != nil {
		return err
	}
	if err := t.judgeBirths(log, r); err != nil {
		return err
	}
	if _, err := log.Seek(0, io.SeekStart); err != nil {
		return err
	}
	taken, err := takings(log)
	if err != nil {
		return err
	}
	r.judgeTakings(row, primary, taken)
	if _, err := log.Seek(0, io.SeekStart); err != nil {
		return err
	}
	beats, err := heartbeats(log)
	if err != nil {
		return err
	}
	for _, host := range slices.Sorted(maps.Keys(frames)) {
		r.Frames += len(frames[host])
		late := pastLease(frames[host], beats[host])
		r.Late += len(late)
		r.wrong(len(late), "frames left from the VIP past a lapsed lease", late)
	}
	return nil
}

// judgeHolder: who has the volume has the VIP, alone, and the other runs no
// database.
func (t *trial) judgeHolder(ctx context.Context, r *Result) error {
	status := t.EC2.Status()
	holder := status.Volumes[0].Host
	for _, in := range status.Instances {
		has := slices.Contains(in.Routed, cluster.VIP)
		if has != (in.Name == holder) {
			r.wrong(1, "the VIP is elsewhere than the volume", []string{fmt.Sprintf("%s has the volume; %s has the VIP: %v", holder, in.Name, has)})
		}
	}
	found, err := t.Named(ctx, cluster.Peer(holder), server)
	if err != nil {
		return err
	}
	r.wrong(len(found), "PostgreSQL runs on the standby", found)
	return nil
}

// judgeCopy: what has another serial is not touched, though its bytes are the same.
func (t *trial) judgeCopy(row Row, r *Result) error {
	if !row.Copy {
		return nil
	}
	written, err := t.CheckCopy()
	if err != nil {
		return err
	}
	if written.Attachments == 0 {
		return errors.New("failover: nobody ever had the copy of the volume")
	}
	r.wrong(written.Accepted+written.Refused, "another volume was written to", []string{written.String()})
	return nil
}

// judgeBirths: a database is started by who has the volume.
func (t *trial) judgeBirths(log io.ReadSeeker, r *Result) error {
	born, err := t.births.end()
	if err != nil {
		return err
	}
	if _, err := log.Seek(0, io.SeekStart); err != nil {
		return err
	}
	had, err := possessions(log)
	if err != nil {
		return err
	}
	wrong := stillborn(born, had)
	r.wrong(len(wrong), "PostgreSQL was started without the volume", wrong)
	return nil
}
