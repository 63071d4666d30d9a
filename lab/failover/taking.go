package failover

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// A taking is when a host made the volume its own: it wrote an epoch that is higher
// than any before.
type taking struct {
	host  string
	epoch uint64
	at    time.Time
}

func (t taking) String() string {
	return fmt.Sprintf("%s: %s took epoch %d", t.at.Format(clock), t.host, t.epoch)
}

// takings reads them from the volume's log, which begins with the epoch that the
// founding left.
func takings(log io.Reader) ([]taking, error) {
	var all []taking
	var last uint64
	for e, err := range entries(log) {
		if err != nil {
			return nil, err
		}
		if appliedToEpoch(e) && e.Epoch > last {
			last = e.Epoch
			all = append(all, taking{e.Instance, e.Epoch, e.T})
		}
	}
	return all, nil
}

// judgeTakings: the volume goes where it has to, no oftener, and does not come back by
// itself to who had lost it.
func (r *Result) judgeTakings(row Row, primary string, all []taking) {
	since := slices.DeleteFunc(slices.Clone(all), func(t taking) bool { return t.at.Before(r.hurt) })
	r.Takings = len(since)
	told := tell(since)
	switch {
	case row.Stays && len(since) > 0:
		r.wrong(len(since), "the volume was taken, though nothing had become of who had it", told)
	case row.Takings > 0 && len(since) > row.Takings:
		r.wrong(len(since), "the volume was taken too often", told)
	}
	if !row.Returns && returned(primary, since) {
		r.wrong(len(since), "the volume came back to a host that had lost it", told)
	}
	later := slices.DeleteFunc(since, func(t taking) bool { return t.at.Before(r.well) })
	r.wrong(len(later), "the volume was taken after all was well again", tell(later))
}

// returned says whether a host took the volume again after another had taken it.
func returned(primary string, since []taking) bool {
	had := []string{primary}
	for _, t := range since {
		if t.host == had[len(had)-1] {
			continue
		}
		if slices.Contains(had, t.host) {
			return true
		}
		had = append(had, t.host)
	}
	return false
}

func tell(all []taking) []string {
	var told []string
	for _, t := range all {
		told = append(told, t.String())
	}
	return told
}
