package store

import (
	"database/sql"
	"errors"
	"sync/atomic"
	"time"
)

// Pool is a pool of connections to the database.
type Pool struct {
	Name        string // "read" or "write"
	Most        int    // connections
	Open, InUse int
	Waits       int64 // that there were for one to be free
	Waited      time.Duration
}

// Pools tells of the connections. On SQLite writes wait for the only one that
// there is at their beginning, see Writes.
func (s *Store) Pools() []Pool {
	pools := s.db.pools()
	if s.outage != nil {
		for i, t := range []*turns{s.outage.reading, s.outage.writing} {
			waits := t.waits.timing()
			pools[i].Waits, pools[i].Waited = pools[i].Waits+waits.Count, pools[i].Waited+waits.Took
		}
	}
	return pools
}

func poolOf(name string, db *sql.DB) Pool {
	stats := db.Stats()
	return Pool{
		Name: name, Most: stats.MaxOpenConnections, Open: stats.OpenConnections, InUse: stats.InUse,
		Waits: stats.WaitCount, Waited: stats.WaitDuration,
	}
}

func (d *sqliteDatabase) pools() []Pool {
	return []Pool{poolOf("read", d.ro)}
}

func (d *postgresDatabase) pools() []Pool {
	return []Pool{poolOf("read", d.reads), poolOf("write", d.writes)}
}

// Timing is how often something was done, and how long it took in all.
type Timing struct {
	Count int64
	Took  time.Duration
}

// Writes is what writes have waited for so far, and why they were run again.
type Writes struct {
	Begin  Timing // for a connection, or for SQLite's only writer
	Head   Timing // for other writers of the same organization
	Commit Timing // for the disk

	Overtaken int64 // something came up in between
	Deadlocks int64 // of writes that waited for each other
	Away      int64 // PostgreSQL had been away

	Refused int64 // for want of room
}

// Writes tells about writes since the store was opened.
func (s *Store) Writes() Writes {
	w := Writes{
		Begin: s.writes.begin.timing(), Head: s.writes.head.timing(), Commit: s.writes.commit.timing(),
		Overtaken: s.writes.overtaken.Load(), Deadlocks: s.writes.deadlocks.Load(), Refused: s.writes.refused.Load(),
	}
	if s.outage != nil {
		w.Away = s.outage.rerun.Load()
		w.Begin.Took += s.outage.writing.waits.timing().Took
	}
	return w
}

type writeStats struct {
	begin, head, commit  stopwatch
	overtaken, deadlocks atomic.Int64
	refused              atomic.Int64
}

type stopwatch struct{ count, took atomic.Int64 }

func (w *stopwatch) since(begun time.Time) {
	w.count.Add(1)
	w.took.Add(int64(time.Since(begun)))
}

func (w *stopwatch) timing() Timing { return Timing{w.count.Load(), time.Duration(w.took.Load())} }

// Presence is whether the database is there.
type Presence struct {
	State   State
	Since   time.Time // of an outage
	Outages int       // so far, with the present one
}

// State is what the database does. SQLite is always up.
type State string

// The states of a database.
const (
	StateUp          State = "up"
	StateUnreachable State = "unreachable"
	StateRecovering  State = "recovering" // it starts, or replays its log
	StateReadOnly    State = "read_only"  // a standby
)

// States are all there are.
func States() []State { return []State{StateUp, StateUnreachable, StateRecovering, StateReadOnly} }

// Presence tells what was last heard of the database. It asks nobody.
func (s *Store) Presence() Presence {
	if s.outage == nil {
		return Presence{State: StateUp}
	}
	return s.outage.presence()
}

func (o *outage) presence() Presence {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := Presence{State: StateUp, Outages: o.count}
	if o.end != nil {
		p.State, p.Since = stateOf(o.cause), o.since
	}
	return p
}

// stateOf is what an error of being away says.
func stateOf(err error) State {
	switch {
	case errors.Is(err, errServerReadOnly) || code(err) == "25006":
		return StateReadOnly
	case code(err) == "57P03":
		return StateRecovering
	}
	return StateUnreachable
}
