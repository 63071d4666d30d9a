package search

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// Path is a value that partial search asks for: an output name and the keys
// that lead to it in an object's document.
type Path struct {
	Name string
	Keys []string
}

// Row is one object of a partial search. Values has the JSON of each path's
// value, in the order of the paths.
type Row struct {
	ID     int64
	Ref    Ref
	Values []json.RawMessage
}

// PartialResult is a page of what a partial search found, ascending by id.
type PartialResult struct {
	Total int // of all pages
	Rows  []Row
}

// What the original answers where there is no value. Keys that lead nowhere
// are null; keys that lead into what is no object are an error's text.
const (
	noValue = `null`
	noWay   = `"ERROR - Attribute does not exist"`
)

// Partial is Search with values of each object: for nodes out of the merged
// attributes and the node's own fields, for others out of their JSON.
func (x *Index) Partial(ctx context.Context, q Query, paths []Path) (PartialResult, error) {
	var res PartialResult
	err := x.read(ctx, q, func(r *reader, n node, rec spaceRecord) error {
		found, err := r.page(n, rec, q.Start, q.Rows)
		if err != nil {
			return err
		}
		res.Total = found.Total
		wanted, err := r.wanted(paths)
		if err != nil {
			return err
		}
		res.Rows = make([]Row, len(found.IDs))
		for i, id := range found.IDs {
			values, err := r.values(id, wanted)
			if err != nil {
				return err
			}
			res.Rows[i] = Row{ID: id, Ref: found.Refs[i], Values: values}
		}
		return nil
	})
	return res, err
}

// want is a path with the id of its first key, 0 if no object has it.
type want struct {
	top  uint64
	rest []string
}

func (r *reader) wanted(paths []Path) ([]want, error) {
	out := make([]want, len(paths))
	for i, p := range paths {
		if len(p.Keys) == 0 {
			continue
		}
		v, closer, err := r.snap.Get(r.space.child(rootPath, p.Keys[0]))
		if errors.Is(err, pebble.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("search: read path: %w", err)
		}
		id, _, err := decodePath(v)
		if err := errors.Join(err, closer.Close()); err != nil {
			return nil, err
		}
		out[i] = want{id, p.Keys[1:]}
	}
	return out, nil
}

// values reads the wanted values of an object, each chunk once.
func (r *reader) values(id int64, wanted []want) ([]json.RawMessage, error) {
	if err := r.tick(); err != nil {
		return nil, err
	}
	chunks := make(map[uint64][]byte, len(wanted))
	out := make([]json.RawMessage, len(wanted))
	for i, w := range wanted {
		out[i] = json.RawMessage(noValue)
		if w.top == 0 {
			continue
		}
		raw, ok := chunks[w.top]
		if !ok {
			var err error
			if raw, err = r.chunk(id, w.top); err != nil {
				return nil, err
			}
			chunks[w.top] = raw
		}
		if raw != nil {
			out[i] = lookUp(string(raw), w.rest)
		}
	}
	return out, nil
}

// chunk reads a top-level value, nil if the object has none.
func (r *reader) chunk(id int64, top uint64) ([]byte, error) {
	key := r.space.chunk(id, top)
	if !r.postings.SeekGE(key) || string(r.postings.Key()) != string(key) {
		return nil, r.postings.Error()
	}
	v, err := r.postings.ValueAndErr()
	if err != nil {
		return nil, fmt.Errorf("search: read chunk: %w", err)
	}
	return r.codec.unpack(nil, v)
}

// lookUp follows keys into a value.
func lookUp(raw string, keys []string) json.RawMessage {
	for _, key := range keys {
		raw = raw[skipSpace(raw, 0):]
		if raw == "" || raw[0] != '{' {
			return json.RawMessage(noWay)
		}
		all, err := members(raw)
		if err != nil {
			return json.RawMessage(`"ERROR - Invalid Attribute or Object"`)
		}
		value := ""
		for _, m := range all {
			if m.key == key {
				value = m.raw
			}
		}
		if value == "" {
			return json.RawMessage(noValue)
		}
		raw = value
	}
	return json.RawMessage(raw)
}
