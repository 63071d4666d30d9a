package machine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// start starts a unit that does not run and returns once it is started.
func (s *supervisor) start(ctx context.Context, name string) error {
	if err := s.await(ctx, name, func(u *unit) bool { return u.state != Deactivating }); err != nil {
		return err
	}
	s.mu.Lock()
	u := s.units[name]
	after := u.After
	s.mu.Unlock()
	if after != "" {
		if err := s.await(ctx, after, func(u *unit) bool { return u.state == Active }); err != nil {
			return err
		}
	}
	s.mu.Lock()
	if u.state == Inactive || u.state == Failed {
		s.launch(u)
	}
	s.mu.Unlock()
	if err := s.await(ctx, name, func(u *unit) bool { return u.state != Activating }); err != nil {
		return err
	}
	if now := s.status(name).State; now != Active {
		return fmt.Errorf("%s is %s: see its log", name, now)
	}
	return nil
}

// stop asks a unit to end, kills what does not, and returns when no process is
// left.
func (s *supervisor) stop(ctx context.Context, name string) error {
	s.mu.Lock()
	u, err := s.find(name)
	if err != nil {
		s.mu.Unlock()
		return err
	}
	u.asked = true
	if u.state == Failed {
		s.set(u, Inactive)
	}
	if u.pid != 0 && u.state != Deactivating {
		_ = unix.Kill(u.pid, unix.SIGTERM) // it may be ending
		s.set(u, Deactivating)
		launched := u.launched
		time.AfterFunc(cmp.Or(u.StopWithin, stopWithin), func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if u.pid != 0 && u.launched == launched {
				_ = u.group().Kill()
			}
		})
	}
	s.mu.Unlock()
	return s.await(ctx, name, func(u *unit) bool { return u.state == Inactive || u.state == Failed })
}

// kill ends all processes of a unit and returns when none is left.
func (s *supervisor) kill(ctx context.Context, name string) error {
	s.mu.Lock()
	u, err := s.find(name)
	if err == nil {
		u.asked = true
		err = u.group().Kill()
	}
	s.mu.Unlock()
	return errors.Join(err, s.stop(ctx, name))
}

// signal sends a signal to the main process.
func (s *supervisor) signal(name string, signal unix.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.find(name)
	if err != nil {
		return err
	}
	if u.pid == 0 {
		return fmt.Errorf("%s is %s", name, u.state)
	}
	return unix.Kill(u.pid, signal)
}

// await waits until a unit is as it should be.
func (s *supervisor) await(ctx context.Context, name string, is func(*unit) bool) error {
	for {
		s.mu.Lock()
		u, err := s.find(name)
		if err != nil {
			s.mu.Unlock()
			return err
		}
		done, changed := is(u), s.changed
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
