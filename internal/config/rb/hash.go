package rb

import "iter"

// Hash is a hash in the order in which it was filled. Its keys are strings: to
// a configuration 'a' and :a are one key.
type Hash struct {
	keys   []string
	values map[string]Value
}

// NewHash returns an empty hash.
func NewHash() *Hash { return &Hash{values: map[string]Value{}} }

// Get returns the value of a key, or nil's.
func (h *Hash) Get(key string) (Value, bool) {
	if h == nil {
		return Value{}, false
	}
	v, ok := h.values[key]
	return v, ok
}

// Set gives a key a value. A key keeps its place.
func (h *Hash) Set(key string, v Value) {
	if _, ok := h.values[key]; !ok {
		h.keys = append(h.keys, key)
	}
	h.values[key] = v
}

// Len is the number of keys.
func (h *Hash) Len() int {
	if h == nil {
		return 0
	}
	return len(h.keys)
}

// All yields the pairs in order.
func (h *Hash) All() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if h == nil {
			return
		}
		for _, key := range h.keys {
			if !yield(key, h.values[key]) {
				return
			}
		}
	}
}
