package metrics

import "sync/atomic"

// Lookups counts how often a cache had what it was asked for, and had not.
type Lookups struct{ hits, misses atomic.Uint64 }

// Count counts n look-ups with the same outcome.
func (l *Lookups) Count(hit bool, n int) {
	if hit {
		l.hits.Add(uint64(n))
	} else {
		l.misses.Add(uint64(n))
	}
}
