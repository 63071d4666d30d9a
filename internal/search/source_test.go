package search

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// memory is a Source that keeps everything, as a database would.
type memory struct {
	mu       sync.Mutex
	identity Identity
	nextID   int64
	orgs     map[int64]*memoryOrg
	reads    int // calls of Objects
}

type memoryOrg struct {
	objects map[Ref]Object
	log     []Change
	pruned  int64 // changes up to here are gone from the log
}

func newMemory() *memory {
	return &memory{identity: Identity{Database: "one"}, orgs: make(map[int64]*memoryOrg)}
}

func (m *memory) org(org int64) *memoryOrg {
	o := m.orgs[org]
	if o == nil {
		o = &memoryOrg{objects: make(map[Ref]Object)}
		m.orgs[org] = o
	}
	return o
}

// put saves a document and returns its change and object.
func (m *memory) put(org int64, ref Ref, json string) (Change, Object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.org(org)
	obj, ok := o.objects[ref]
	if !ok {
		m.nextID++
		obj = Object{Ref: ref, ID: m.nextID}
	}
	obj.JSON = []byte(json)
	o.objects[ref] = obj
	c := Change{Seq: o.pruned + int64(len(o.log)) + 1, Ref: ref, ID: obj.ID}
	o.log = append(o.log, c)
	return c, obj
}

func (m *memory) delete(org int64, ref Ref) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.org(org)
	obj, ok := o.objects[ref]
	if !ok {
		return
	}
	delete(o.objects, ref)
	o.log = append(o.log, Change{Seq: o.pruned + int64(len(o.log)) + 1, Ref: ref, Deleted: true, ID: obj.ID})
}

func (m *memory) prune(org int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.org(org)
	o.pruned += int64(len(o.log))
	o.log = nil
}

func (m *memory) head(org int64) int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.org(org)
	return o.pruned + int64(len(o.log))
}

// sorted returns the objects of a space by id.
func (m *memory) sorted(org int64, typ, bag string) []Object {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []Object
	for ref, obj := range m.org(org).objects {
		if ref.Type == typ && ref.Bag == bag {
			out = append(out, obj)
		}
	}
	slices.SortFunc(out, func(a, b Object) int { return int(a.ID - b.ID) })
	return out
}

func (m *memory) Identity(context.Context) (Identity, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.identity, nil
}

func (m *memory) Changes(_ context.Context, org, after int64, limit int) ([]Change, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	o := m.org(org)
	if after < o.pruned || after > o.pruned+int64(len(o.log)) {
		return nil, ErrGap
	}
	rest := o.log[after-o.pruned:]
	return slices.Clone(rest[:min(limit, len(rest))]), nil
}

func (m *memory) Objects(_ context.Context, org int64, refs []Ref) ([]Object, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	var out []Object
	for _, ref := range refs {
		if obj, ok := m.org(org).objects[ref]; ok {
			out = append(out, obj)
		}
	}
	return out, nil
}

func (m *memory) Scan(_ context.Context, org int64, fn func(Object) error) (int64, error) {
	m.mu.Lock()
	o := m.org(org)
	head := o.pruned + int64(len(o.log))
	var all []Object
	for _, obj := range o.objects {
		all = append(all, obj)
	}
	m.mu.Unlock()
	for _, obj := range all {
		if err := fn(obj); err != nil {
			return 0, err
		}
	}
	return head, nil
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func mustOpen(t testing.TB, dir string, src Source) *Index {
	return mustOpenOn(t, vfs.Default, dir, src)
}

func mustOpenOn(t testing.TB, fs vfs.FS, dir string, src Source) *Index {
	t.Helper()
	x, err := openOn(fs, dir, src, quiet)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if x.ctx.Err() == nil {
			mustClose(t, x)
		}
	})
	return x
}

func mustClose(t testing.TB, x *Index) {
	t.Helper()
	if err := x.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
}

func mustCatchUp(t testing.TB, x *Index, m *memory, org int64) {
	t.Helper()
	if err := x.CatchUp(t.Context(), org, m.head(org)); err != nil {
		t.Fatalf("catch up: %v", err)
	}
}

// names returns the names that a query finds, in order.
func names(t testing.TB, x *Index, q Query) []string {
	t.Helper()
	if q.Rows == 0 {
		q.Rows = 1000
	}
	res, err := x.Search(t.Context(), q)
	if err != nil {
		t.Fatalf("search %q: %v", q.Text, err)
	}
	var out []string
	for _, ref := range res.Refs {
		out = append(out, ref.Name)
	}
	return out
}
