package agent

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"tournant/internal/config"
	"tournant/internal/datadir"
	"tournant/internal/ha"
	"tournant/internal/ha/control"
	"tournant/internal/postgres"
	"tournant/internal/systemd"
)

// The units that the agent starts and stops.
const (
	unitPostgres   = postgres.Unit
	unitAPI        = control.UnitAPI
	unitKeepalived = control.UnitKeepalived
)

// units starts and stops units and tells of them: systemd, or plain processes
// where there is none.
type units interface {
	Start(ctx context.Context, unit string) error
	Stop(ctx context.Context, unit string) error
	Kill(ctx context.Context, unit string) error
	State(ctx context.Context, unit string) (systemd.State, error)
}

// systemdUnits are systemd's. None is started while this agent's own unit, which
// they are bound to, is being stopped: that would call the stop off.
type systemdUnits struct{ *systemd.Manager }

func (u systemdUnits) Start(ctx context.Context, unit string) error {
	return u.StartUnopposed(ctx, unit)
}

// Stop does not wait for this agent's own unit, which ends before them so that
// it can hand over in order.
func (u systemdUnits) Stop(ctx context.Context, unit string) error { return u.StopAhead(ctx, unit) }

// services are PostgreSQL and the API.
type services struct {
	units    units
	cluster  *postgres.Cluster
	settings postgres.Settings
	password config.Secret
	apiData  string // the API's data directory, where it says that it listens

	postgres, api, keepalived *lane

	// One that is being started by us runs before it does its work.
	startingPostgres, startingAPI atomic.Bool

	room sync.Mutex
	told string // what PostgreSQL was told of it, "" for nothing since it started
}

func newServices(u units, cluster *postgres.Cluster, settings postgres.Settings, cfg *Config) *services {
	return &services{
		units: u, cluster: cluster, settings: settings, password: cfg.Server.Database.Password, apiData: cfg.APIData(),
		postgres: newLane(), api: newLane(), keepalived: newLane(),
	}
}

// start starts a unit; it has begun to work when this returns.
func (s *services) start(ctx context.Context, l *lane, unit string) error {
	return l.do(ctx, func(ctx context.Context) error { return s.units.Start(ctx, unit) })
}

func (s *services) stop(ctx context.Context, l *lane, unit string) error {
	return l.do(ctx, func(ctx context.Context) error { return s.units.Stop(ctx, unit) })
}

// kill ends a unit whatever else is being done to it.
func (s *services) kill(ctx context.Context, l *lane, unit string) error {
	return l.override(ctx, func(ctx context.Context) error {
		err := s.units.Kill(ctx, unit)
		if err == nil {
			return nil
		}
		if state, look := s.units.State(ctx, unit); look == nil && !state.Active {
			return nil // there was nothing to kill
		}
		return err
	})
}

// startPostgres starts PostgreSQL, if still allows it, and waits until it takes
// writes and the API servers can log in. full says whether the volume is.
func (s *services) startPostgres(ctx context.Context, full func(context.Context) bool, still func() error) error {
	return s.postgres.do(ctx, func(ctx context.Context) error {
		s.startingPostgres.Store(true)
		defer s.startingPostgres.Store(false)
		if err := still(); err != nil {
			return err
		}
		if err := s.unlock(ctx); err != nil {
			return err
		}
		s.forecast(full(ctx))
		if err := ctx.Err(); err != nil {
			return err // reading the block took the time that there was
		}
		if err := s.units.Start(ctx, unitPostgres); err != nil {
			return err
		}
		if err := s.ready(ctx); err != nil {
			return err
		}
		return s.cluster.Provision(ctx, s.settings, s.password.Reveal())
	})
}

// unlock removes what another PostgreSQL left on the volume, which is this
// node's alone: one that runs here is left alone.
func (s *services) unlock(ctx context.Context) error {
	state, err := s.units.State(ctx, unitPostgres)
	if err != nil || state.Active {
		return err
	}
	return s.cluster.Unlock()
}

// forecast leaves for a PostgreSQL that starts whether the volume is full. If it
// cannot, tellRoom says so once that runs: no reason not to start it.
func (s *services) forecast(full bool) {
	s.room.Lock()
	defer s.room.Unlock()
	s.told = ""
	_ = s.cluster.SetFull(full)
}

// reloadWithin bounds what PostgreSQL may take to read its settings again.
const reloadWithin = 2 * time.Second

// tellRoom has the API servers' sessions refuse what takes room on the volume,
// or take it again. It does once what was done, and leaves a start alone.
func (s *services) tellRoom(full bool) error {
	s.room.Lock()
	defer s.room.Unlock()
	if s.told == strconv.FormatBool(full) || s.startingPostgres.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), reloadWithin)
	defer cancel()
	state, err := s.units.State(ctx, unitPostgres)
	if err != nil || !state.Active {
		return err
	}
	if err := errors.Join(s.cluster.SetFull(full), s.cluster.Reload(ctx, s.settings)); err != nil {
		return err
	}
	s.told = strconv.FormatBool(full)
	return nil
}

func (s *services) ready(ctx context.Context) error {
	for {
		err := s.cluster.Ready(ctx, s.settings)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// startAPI starts the API server and waits until it listens. It cannot be asked:
// it is at the VIP, which nothing leaves from yet. So it says so in its data
// directory, where what an earlier one said, on whichever host, is removed first.
func (s *services) startAPI(ctx context.Context) error {
	return s.api.do(ctx, func(ctx context.Context) error {
		s.startingAPI.Store(true)
		defer s.startingAPI.Store(false)
		state, err := s.units.State(ctx, unitAPI)
		if err != nil {
			return err
		}
		if !state.Active {
			if err := datadir.Forget(s.apiData); err != nil {
				return err
			}
		}
		if err := s.units.Start(ctx, unitAPI); err != nil {
			return err
		}
		return s.listens(ctx)
	})
}

// drainAtMost is how long the API may take to finish what is in flight: what
// waits for a database that does not come back would keep a hand-over waiting.
const drainAtMost = 5 * time.Second

// stopAPI has the API finish what is in flight, and ends it when that takes too
// long.
func (s *services) stopAPI(ctx context.Context) error {
	return s.api.do(ctx, func(ctx context.Context) error {
		drain, cancel := context.WithTimeout(ctx, drainAtMost)
		defer cancel()
		err := s.units.Stop(drain, unitAPI)
		if err == nil || drain.Err() == nil || ctx.Err() != nil {
			return err
		}
		return s.units.Kill(ctx, unitAPI)
	})
}

func (s *services) listens(ctx context.Context) error {
	for {
		state, err := s.units.State(ctx, unitAPI)
		switch {
		case err != nil:
			return err
		case !state.Active:
			return fmt.Errorf("%s ended before it listened: its log says why", unitAPI)
		}
		if a, err := datadir.ReadServer(s.apiData); err == nil && a.PID == state.PID {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not listen yet: %w", unitAPI, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *services) checkpoint(ctx context.Context) error {
	return s.postgres.do(ctx, func(ctx context.Context) error { return s.cluster.Checkpoint(ctx, s.settings) })
}

// look is what a unit is like. One that runs is taken to answer: a database that
// stalls with its volume is not to be stopped for it. But one that is being
// started is not up before that is done.
func (s *services) look(ctx context.Context, unit string) (ha.Service, error) {
	state, err := s.units.State(ctx, unit)
	switch {
	case err != nil:
		return ha.Unclear, fmt.Errorf("ask for the state of %s: %w", unit, err)
	case unit == unitPostgres && s.startingPostgres.Load(), unit == unitAPI && s.startingAPI.Load():
		return ha.Stopped, nil
	case state.Active:
		return ha.Running, nil
	}
	return ha.Stopped, nil
}

// busy tells whether something is being done to a unit.
func (s *services) busy(unit string) bool {
	return unit == unitPostgres && s.postgres.taken() || unit == unitAPI && s.api.taken()
}
