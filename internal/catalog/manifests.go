package catalog

import (
	"container/list"
	"context"
	"sync"

	"tournant/internal/chef"
	"tournant/internal/metrics"
	"tournant/internal/store"
)

// Manifests keeps manifests that were served lately, ready to be served again.
type Manifests struct {
	Lookups metrics.Lookups

	store *store.Store
	limit int // in bytes

	mu     sync.Mutex
	held   int
	recent *list.List // of *entry, the one used last in front
	byKey  map[key]*list.Element
}

// key names what never changes: an edition of a version, in one form.
type key struct {
	id, edition int64
	form        chef.ManifestForm
}

type entry struct {
	key      key
	manifest *chef.Manifest
}

// maxManifestBytes bounds what a Manifests holds: some thousand of them.
const maxManifestBytes = 48 << 20

// NewManifests returns an empty cache over a store.
func NewManifests(s *store.Store) *Manifests {
	return &Manifests{store: s, limit: maxManifestBytes, recent: list.New(), byKey: map[key]*list.Element{}}
}

// Get returns the manifests of cookbook versions in a form, in the order given.
// A version that has been replaced or deleted is store.ErrOvertaken.
func (m *Manifests) Get(ctx context.Context, versions []*Version, form chef.ManifestForm) ([]*chef.Manifest, error) {
	out := make([]*chef.Manifest, len(versions))
	var absent []int64
	m.mu.Lock()
	for i, v := range versions {
		if out[i] = m.lookup(key{v.ID, v.Edition, form}); out[i] == nil {
			absent = append(absent, v.ID)
		}
	}
	m.mu.Unlock()
	m.Lookups.Count(true, len(versions)-len(absent))
	m.Lookups.Count(false, len(absent))
	if len(absent) == 0 {
		return out, nil
	}
	rows, err := m.store.CookbookDocuments(ctx, absent)
	if err != nil {
		return nil, err
	}
	for i, v := range versions {
		if out[i] != nil {
			continue
		}
		row, ok := rows[v.ID]
		if !ok || row.Edition != v.Edition {
			return nil, store.ErrOvertaken
		}
		if out[i], err = m.prepare(row, form); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (m *Manifests) prepare(row store.CookbookVersion, form chef.ManifestForm) (*chef.Manifest, error) {
	document, err := row.Document.Unpack()
	if err != nil {
		return nil, err
	}
	manifest, err := chef.NewManifest(document, form)
	if err != nil {
		return nil, err
	}
	m.keep(key{row.ID, row.Edition, form}, manifest)
	return manifest, nil
}

// lookup is called under the lock.
func (m *Manifests) lookup(k key) *chef.Manifest {
	e := m.byKey[k]
	if e == nil {
		return nil
	}
	m.recent.MoveToFront(e)
	return e.Value.(*entry).manifest
}

func (m *Manifests) keep(k key, manifest *chef.Manifest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.byKey[k] != nil {
		return
	}
	m.byKey[k] = m.recent.PushFront(&entry{k, manifest})
	m.held += manifest.Size()
	for m.held > m.limit && m.recent.Len() > 1 {
		oldest := m.recent.Remove(m.recent.Back()).(*entry)
		delete(m.byKey, oldest.key)
		m.held -= oldest.manifest.Size()
	}
}
