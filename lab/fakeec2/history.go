package fakeec2

import (
	"net/netip"
	"slices"
	"time"
)

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

// A Move is an address that leads to another host from a moment on.
type Move struct {
	At      time.Time  `json:"at"`
	Address netip.Addr `json:"address"`
	Host    string     `json:"host"` // "" is nobody
}

// moves are those of an address, as the network routed it.
func (h history) moves(a netip.Addr) []Move {
	var all []Move
	host := ""
	for _, m := range h {
		now := ""
		for _, in := range m.world.instances {
			if slices.Contains(in.Interface.Routed, a) {
				now = in.Name
			}
		}
		if now != host {
			all = append(all, Move{m.at, a, now})
			host = now
		}
	}
	return all
}

// Moves are where the network led an address during the last ten minutes and
// more, by the clock of the account.
func (s *Server) Moves(a netip.Addr) []Move {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.history.moves(a)
}

// A Force is a detachment that did not ask the host.
type Force struct {
	At time.Time `json:"at"`
	// By is the host that asked EC2 for it, "" if no host did; From had the volume.
	By   string `json:"by"`
	From string `json:"from"`
}

// Forces are all that were begun, by the clock of the account. One that repeats
// another, of the same attachment, is none.
func (s *Server) Forces() []Force {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.forces)
}
