package fakeec2

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"sync"
	"time"
)

// A Server is one account in one region.
type Server struct {
	config  Config
	clock   Clock
	log     *slog.Logger
	network Network
	disks   map[string]Disk

	mu          sync.Mutex
	world       world
	history     history
	forces      []Force
	random      *rand.Rand
	credentials map[string]*credential
	roles       map[string]*credential
	tokens      map[string]imdsToken
	buckets     map[string]*bucket
	faults      []*Fault
	faultChange chan struct{}
	attachments int
}

// Options are what a Server stands on; the zero value is an API on the system's
// clock with nothing behind it.
type Options struct {
	Clock   Clock
	Network Network
	// Disks are by volume id.
	Disks map[string]Disk
	Log   *slog.Logger
}

// New is the account that c describes, all of it running and nothing attached.
func New(c Config, o Options) (*Server, error) {
	c = c.withDefaults()
	if err := c.validate(); err != nil {
		return nil, err
	}
	if o.Clock == nil {
		o.Clock = SystemClock{}
	}
	if o.Network == nil {
		o.Network = noNetwork{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	now := o.Clock.Now()
	s := &Server{
		config: c, clock: o.Clock, log: o.Log, network: o.Network, disks: map[string]Disk{},
		world:       newWorld(c, now),
		random:      rand.New(rand.NewPCG(c.Seed, c.Seed)),
		credentials: map[string]*credential{},
		roles:       map[string]*credential{},
		tokens:      map[string]imdsToken{},
		buckets:     newBuckets(c.Limits, now),
		faultChange: make(chan struct{}),
	}
	for id, disk := range o.Disks {
		if s.world.volume(id) == nil {
			return nil, fmt.Errorf("a disk is given for volume %s, which the configuration does not have", id)
		}
		s.disks[id] = disk
	}
	for _, k := range c.Keys {
		s.credentials[k.ID] = newCredential(k)
	}
	s.changed()
	for _, in := range s.world.instances {
		for _, a := range in.Interface.Routed {
			if err := s.network.Route(a, in.Interface.MAC); err != nil {
				return nil, fmt.Errorf("route %s: %w", a, err)
			}
		}
	}
	return s, nil
}

// disk is what is behind a volume.
func (s *Server) disk(volume string) Disk {
	if d, ok := s.disks[volume]; ok {
		return d
	}
	return noDisk{}
}

// changed records what the account has become.
func (s *Server) changed() { s.history.add(s.clock.Now(), s.world) }

// later runs f under the lock once a duration of that range has passed: at
// once, within the caller's hold of the lock, when that is none.
func (s *Server) later(r Range, f func()) {
	d := s.draw(r)
	if d <= 0 {
		f()
		return
	}
	s.clock.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		f()
	})
}

// SetTimes has what begins from now on take so long.
func (s *Server) SetTimes(t Times) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.config.Times = t.withDefaults()
}

// draw is an even choice from a range.
func (s *Server) draw(r Range) time.Duration {
	if r.Max <= r.Min {
		return time.Duration(r.Min)
	}
	return time.Duration(r.Min) + time.Duration(s.random.Int64N(int64(r.Max-r.Min)+1))
}

// hostAt is the name of the host that a request comes from, or empty.
func (s *Server) hostAt(remote string) string {
	if in := s.instanceAt(remote); in != nil {
		return in.Name
	}
	return ""
}

func (s *Server) instanceAt(remote string) *Instance {
	from, err := netip.ParseAddrPort(remote)
	if err != nil {
		return nil
	}
	return s.world.byAddress(from.Addr().Unmap())
}
