package search

import "errors"

// late is what a query must look for in documents, because the paths vary: by
// top-level key, so that each document is read once.
type late map[string]*sought

type sought struct {
	objects *idSet
	picks   []pick
}

// pick is a path, and what decides about a scalar there.
type pick struct {
	keys []string
	test func(text string) bool
}

// varying notes the objects with scalars at a path that are not posted.
func (r *reader) varying(l *late, path uint64, test func(text string) bool) error {
	prefix := append(r.space.postings(path), tagVaries)
	first := true
	return r.scan(r.postings, prefix, "", func(tail, value []byte) (bool, error) {
		f, err := parsePosting(tail, value)
		if err != nil {
			return false, err
		}
		keys, err := unpackKeys(string(f.word) + string(f.rest))
		if err != nil || len(keys) == 0 {
			return false, errors.Join(err, errDamaged)
		}
		if *l == nil {
			*l = make(late)
		}
		s := (*l)[keys[0]]
		if s == nil {
			s = &sought{objects: newIDSet()}
			(*l)[keys[0]] = s
		}
		if first {
			s.picks = append(s.picks, pick{keys, test})
			first = false
		}
		return true, f.addTo(s.objects)
	})
}

// look adds the objects whose documents have what is sought.
func (r *reader) look(into *idSet, l late) error {
	for key, s := range l {
		top, err := r.topID(key)
		if err != nil {
			return err
		}
		p := newPicker(s.picks)
		s.objects.subtract(into)
		var buf []byte
		for id := range s.objects.ascending() {
			if err := r.ctx.Err(); err != nil {
				return err
			}
			if buf, err = r.appendChunk(buf[:0], id, top); err != nil {
				return err
			}
			hit, err := p.hits(r.of.Type, string(buf))
			if err != nil {
				return err
			}
			if hit {
				into.add(id)
			}
		}
	}
	return nil
}

// picker looks for scalars at a few paths of one top-level value.
type picker struct {
	top     *path
	nowhere *path // where none of the paths goes
	below   map[*path]map[string]*path
	tests   map[*path][]func(string) bool
	hit     bool
}

// newPicker makes a picker of paths with the same first key.
func newPicker(picks []pick) *picker {
	p := &picker{
		top:     &path{key: picks[0].keys[0]},
		nowhere: &path{},
		below:   make(map[*path]map[string]*path),
		tests:   make(map[*path][]func(string) bool),
	}
	for _, k := range picks {
		at := p.top
		for _, key := range k.keys[1:] {
			if p.below[at] == nil {
				p.below[at] = make(map[string]*path)
			}
			if p.below[at][key] == nil {
				p.below[at][key] = &path{key: key}
			}
			at = p.below[at][key]
		}
		p.tests[at] = append(p.tests[at], k.test)
	}
	return p
}

// hits reports whether one of the scalars in a value passes its test.
func (p *picker) hits(typ, raw string) (bool, error) {
	p.hit = false
	_, omit := form(typ, p.top.key)
	err := walk(p, p.top, raw, omit)
	if errors.Is(err, errMalformed) {
		err = nil // what stands before the fault counts
	}
	return p.hit, err
}

func (p *picker) child(at *path, key string) (*path, error) {
	if c := p.below[at][key]; c != nil {
		return c, nil
	}
	return p.nowhere, nil
}

func (p *picker) scalar(at *path, text string) {
	for _, test := range p.tests[at] {
		p.hit = p.hit || test(text)
	}
}

func (p *picker) key(*path, string) {}
func (p *picker) leave(*path, seen) {}
