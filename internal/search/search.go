package search

import (
	"context"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"tournant/internal/chef"
)

// Query asks for the objects of one type of an organization, or of one data
// bag if Type is TypeItem. Text is the query after percent-decoding. Start and
// Rows choose the page.
type Query struct {
	Org         int64
	Type, Bag   string
	Text        string
	Start, Rows int
}

// Result is a page of what a query found, ascending by id.
type Result struct {
	Total int // of all pages
	IDs   []int64
	Refs  []Ref
}

// Search answers a query from what the index has reached; see CatchUp. A text
// that is no query is chef.Invalid, an index that is being built
// chef.Unavailable.
func (x *Index) Search(ctx context.Context, q Query) (Result, error) {
	var res Result
	err := x.read(ctx, q, func(r *reader, n node, rec spaceRecord) (err error) {
		res, err = r.page(n, rec, q.Start, q.Rows)
		return err
	})
	return res, err
}

// read parses the query and calls fn with a reader of its space. fn is not
// called when the organization has no such objects.
func (x *Index) read(ctx context.Context, q Query, fn func(*reader, node, spaceRecord) error) error {
	n, err := parse(q.Text)
	if err != nil {
		return err
	}
	db, done, err := x.acquire()
	if err != nil {
		return err
	}
	defer done()
	snap := db.NewSnapshot()
	defer snap.Close()
	if err := readable(snap, q.Org); err != nil {
		return x.noticed(err)
	}
	rec, err := loadSpace(snap, spaceKey(q.Org, q.Type, q.Bag))
	if err != nil || rec.id == 0 {
		return x.noticed(err)
	}
	r, err := newReader(ctx, snap, x.codec, q, newKeyspace(rec.id))
	if err != nil {
		return x.noticed(err)
	}
	return x.noticed(errors.Join(fn(r, n, rec), r.close()))
}

// readable returns chef.Unavailable for an organization whose index is not
// complete.
func readable(db pebble.Reader, org int64) error {
	pos, err := loadPosition(db, org)
	if err == nil && !pos.complete {
		return unavailable()
	}
	return err
}

func unavailable() error {
	return chef.Errorf(chef.Unavailable, "the search index is being built")
}

// loadSpace reads a space's record, the zero record if there is none.
func loadSpace(db pebble.Reader, key []byte) (spaceRecord, error) {
	v, closer, err := db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return spaceRecord{}, nil
	}
	if err != nil {
		return spaceRecord{}, fmt.Errorf("search: read space: %w", err)
	}
	defer closer.Close()
	return decodeSpaceRecord(v)
}

// page evaluates a query and lists the objects from start on.
func (r *reader) page(n node, rec spaceRecord, start, rows int) (Result, error) {
	if _, ok := n.(everything); ok {
		return r.list(int(rec.objects), start, rows)
	}
	ids, err := n.eval(r)
	if err != nil {
		return Result{}, err
	}
	res := Result{Total: ids.len()}
	i := 0
	for id := range ids.ascending() {
		if i++; i <= start {
			continue
		}
		if len(res.IDs) >= rows {
			break
		}
		name, err := r.name(id)
		if err != nil {
			return Result{}, err
		}
		res.add(id, r.ref(name))
	}
	return res, nil
}

func (res *Result) add(id int64, ref Ref) {
	res.IDs = append(res.IDs, id)
	res.Refs = append(res.Refs, ref)
}

func (r *reader) ref(name string) Ref {
	return Ref{Type: r.of.Type, Bag: r.of.Bag, Name: name}
}

// list is a page of all objects, which needs no evaluation.
func (r *reader) list(total, start, rows int) (Result, error) {
	res := Result{Total: total}
	if start >= total || rows <= 0 {
		return res, nil
	}
	i := 0
	err := r.scan(r.postings, r.space.sub(subObject), "", func(tail, value []byte) (bool, error) {
		if i++; i <= start {
			return true, nil
		}
		id, _, ok := cutUint(tail)
		if !ok {
			return false, fmt.Errorf("search: object: %w", errDamaged)
		}
		res.add(int64(id), r.ref(string(value)))
		return len(res.IDs) < rows, nil
	})
	return res, err
}

// name returns the name of an object of the space.
func (r *reader) name(id int64) (string, error) {
	key := r.space.object(id)
	if !r.postings.SeekGE(key) || string(r.postings.Key()) != string(key) {
		return "", errors.Join(fmt.Errorf("search: object %d: %w", id, errDamaged), r.postings.Error())
	}
	v, err := r.postings.ValueAndErr()
	return string(v), err
}
