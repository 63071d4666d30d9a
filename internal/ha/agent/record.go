package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tournant/internal/atomicfile"
	"tournant/internal/ha"
)

// records keeps the machine's record over the agent's end and a reboot.
type records struct{ file string }

const recordVersion = 1

// record is ha.Record in its file.
type record struct {
	Version     int           `json:"version"`
	Maintenance bool          `json:"maintenance"`
	Held        bool          `json:"held"`
	ForcedAt    ha.ServerTime `json:"forced_at"` // EC2's clock, Unix seconds
	Took        bool          `json:"took"`
	Forces      uint8         `json:"forces"`
	Served      uint64        `json:"served"` // the epoch, and its mark
	Mark        uint64        `json:"mark"`
}

func recordsIn(dir string) records { return records{filepath.Join(dir, "record.json")} }

// load returns what was kept last, the zero record if nothing was.
func (s records) load() (ha.Record, error) {
	data, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return ha.Record{}, nil
	}
	if err != nil {
		return ha.Record{}, fmt.Errorf("read the record: %w", err)
	}
	var r record
	if err := json.Unmarshal(data, &r); err != nil {
		return ha.Record{}, fmt.Errorf("read the record: %s: %w: remove it to begin without one", s.file, err)
	}
	if r.Version != recordVersion {
		return ha.Record{}, fmt.Errorf("read the record: %s has version %d and this release knows %d: upgrade this host", s.file, r.Version, recordVersion)
	}
	kept := ha.Record{Maintenance: r.Maintenance, Held: r.Held, ForcedAt: r.ForcedAt, Took: r.Took, Forces: r.Forces}
	if r.Served != 0 {
		kept.Served = ha.Epoch{Number: r.Served, Mark: r.Mark, Node: ha.Self}
	}
	return kept, nil
}

// save keeps a record: a power cut leaves it or the one before.
func (s records) save(r ha.Record) error {
	data, err := json.Marshal(record{recordVersion, r.Maintenance, r.Held, r.ForcedAt, r.Took, r.Forces, r.Served.Number, r.Served.Mark})
	if err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	if err := atomicfile.Write(s.file, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("write the record: %w", err)
	}
	return nil
}
