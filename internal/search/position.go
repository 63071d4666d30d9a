package search

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// formatVersion changes with anything that makes an old index wrong: keys,
// records, or what a document comes to.
const formatVersion = 1

// origin is what an index was made with and from; another one is rebuilt.
type origin struct {
	Format   int
	Identity Identity
}

// position is how far an organization's index has come in its change log.
type position struct {
	seq      int64
	complete bool // false while the index is being rebuilt
}

func (p position) encode() []byte {
	b := binary.AppendVarint(nil, p.seq)
	if p.complete {
		return append(b, 1)
	}
	return append(b, 0)
}

// loadPosition reads an organization's position. Without one it is incomplete.
func loadPosition(db pebble.Reader, org int64) (position, error) {
	v, closer, err := db.Get(orgKey(org))
	if errors.Is(err, pebble.ErrNotFound) {
		return position{}, nil
	}
	if err != nil {
		return position{}, fmt.Errorf("search: read position: %w", err)
	}
	defer closer.Close()
	seq, n := binary.Varint(v)
	if n <= 0 || len(v) != n+1 {
		return position{}, fmt.Errorf("search: position: %w", errDamaged)
	}
	return position{seq: seq, complete: v[n] == 1}, nil
}

// loadOrigin reads what the index was made from; ok is false for a new one.
func loadOrigin(db pebble.Reader) (o origin, ok bool, err error) {
	v, closer, err := db.Get([]byte{kindFormat})
	if errors.Is(err, pebble.ErrNotFound) {
		return o, false, nil
	}
	if err != nil {
		return o, false, fmt.Errorf("search: read origin: %w", err)
	}
	defer closer.Close()
	if err := json.Unmarshal(v, &o); err != nil {
		return o, false, fmt.Errorf("search: origin: %w", errDamaged)
	}
	return o, true, nil
}

func (o origin) save(batch *pebble.Batch) error {
	v, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("search: %w", err)
	}
	return batch.Set([]byte{kindFormat}, v, nil)
}
