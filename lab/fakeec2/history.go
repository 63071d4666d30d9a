package fakeec2

import "time"

// maxStale is the oldest that an answer can be.
const maxStale = 10 * time.Minute

// A history keeps what the account was, for answers that lag behind: EC2's
// Describe actions read caches, and three calls in a row can give three answers.
type history []moment

type moment struct {
	at    time.Time
	world world
}

// add records that the account became w.
func (h *history) add(now time.Time, w world) {
	*h = append(*h, moment{now, w.clone()})
	// The last moment older than maxStale is still what was true then.
	for len(*h) > 1 && now.Sub((*h)[1].at) > maxStale {
		*h = (*h)[1:]
	}
}

// at is the account as it was at t, or as it began.
func (h history) at(t time.Time) world {
	for i := len(h) - 1; i > 0; i-- {
		if !h[i].at.After(t) {
			return h[i].world
		}
	}
	return h[0].world
}
