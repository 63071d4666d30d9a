package failover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"tournant/lab/cluster"
	"tournant/lab/load"
	"tournant/lab/volume"
)

// judge holds what clients, volume and network saw against what must be.
func (t *trial) judge(ctx context.Context, row Row, h load.History, r *Result) error {
	ctx, cancel := t.within(ctx)
	defer cancel()
	report, err := load.Verify(ctx, t.load, h)
	if err != nil {
		return err
	}
	r.take(report)
	r.judgeFailures(row, h)
	if err := t.judgeHolder(r); err != nil {
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
	if n := r.Epoch - t.epoch; row.Takings > 0 && n > row.Takings {
		r.wrong(int(n), "the volume was taken too often", []string{fmt.Sprintf("epoch %d became %d", t.epoch, r.Epoch)})
	}
	if row.Stays && r.Epoch != t.epoch {
		r.wrong(1, "somebody took over", []string{fmt.Sprintf("epoch %d became %d", t.epoch, r.Epoch)})
	}
	r.wrong(len(written.Violations), "the volume had a second writer", written.Violations)
	if err := t.judgeCopy(row, r); err != nil {
		return err
	}
	if err := t.judgeBirths(log, r); err != nil {
		return err
	}
	if _, err := log.Seek(0, 0); err != nil {
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
func (t *trial) judgeHolder(r *Result) error {
	status := t.EC2.Status()
	holder := status.Volumes[0].Host
	for _, in := range status.Instances {
		has := slices.Contains(in.Routed, cluster.VIP)
		if has != (in.Name == holder) {
			r.wrong(1, "the VIP is elsewhere than the volume", []string{fmt.Sprintf("%s has the volume; %s has the VIP: %v", holder, in.Name, has)})
		}
	}
	n, err := t.Running(cluster.Peer(holder), cluster.PostgreSQL)
	if err != nil {
		return err
	}
	r.wrong(n, "PostgreSQL runs on the standby", []string{fmt.Sprintf("%d processes on %s", n, cluster.Peer(holder))})
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

// judgeFailures: where nobody should have noticed, nobody has.
func (r *Result) judgeFailures(row Row, h load.History) {
	if !row.Unfailing {
		return
	}
	var failed []string
	for _, o := range h {
		if o.Failed() && o.Route != routeVIP && o.Route != row.Hurts && !row.refuses(o) {
			failed = append(failed, o.String()+": "+o.Error)
		}
	}
	r.wrong(len(failed), "requests through frontends failed", failed)
	if row.Refused != 0 {
		r.judgeRefusals(row, h)
	}
}

// refuses is whether that is what the row has writes answered with.
func (row Row) refuses(o load.Operation) bool {
	return row.Refused != 0 && o.Writes() && o.Status == row.Refused
}

// judgeRefusals: some writes are refused before Heal, and some reads served then.
func (r *Result) judgeRefusals(row Row, h load.History) {
	var first time.Time
	for _, o := range h {
		if row.refuses(o) && o.Call.After(r.hurt) && o.Return.Before(r.heal) && (first.IsZero() || o.Call.Before(first)) {
			first = o.Call
		}
	}
	if first.IsZero() {
		r.wrong(1, "no write was refused", []string{fmt.Sprintf("none was answered with status %d", row.Refused)})
		return
	}
	reads := 0
	for _, o := range h {
		if !o.Writes() && !o.Failed() && o.Call.After(first) && o.Return.Before(r.heal) {
			reads++
		}
	}
	if reads == 0 {
		r.wrong(1, "no read was served while writes were refused", []string{"from " + first.Format(clock)})
	}
}
