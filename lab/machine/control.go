package machine

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// socketInside is where the init listens.
const socketInside = "/run/init.sock"

// A request is what the init is asked, one on each connection; it ends with the
// connection.
type request struct {
	Do     string `json:"do"` // start, stop, kill, signal, state, await
	Unit   string `json:"unit"`
	Signal int    `json:"signal,omitempty"`
	// Not is the Status that await waits for the end of.
	Not *Status `json:"not,omitempty"`
}

// A Status is what the init says of a unit.
type Status struct {
	State State `json:"state"`
	// PID is the main process, as the machine counts; 0 is none.
	PID int `json:"pid"`
	// Since tells two times of one State apart.
	Since time.Time `json:"since"`
}

type answer struct {
	Status
	Error string `json:"error,omitempty"`
}

// serve answers requests for as long as the machine lives.
func (s *supervisor) serve(path string) error {
	l, err := new(net.ListenConfig).Listen(context.Background(), "unix", path)
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return err
	}
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		go s.answer(c)
	}
}

func (s *supervisor) answer(c net.Conn) {
	defer c.Close()
	var r request
	in := json.NewDecoder(c)
	if err := in.Decode(&r); err != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		_ = in.Decode(&struct{}{}) // the end of the connection
		cancel()
	}()
	err := s.do(ctx, r)
	a := answer{}
	if err != nil {
		a.Error = err.Error()
	}
	a.Status = s.status(r.Unit)
	_ = json.NewEncoder(c).Encode(a)
}

func (s *supervisor) do(ctx context.Context, r request) error {
	switch r.Do {
	case "start":
		return s.start(ctx, r.Unit)
	case "stop":
		return s.stop(ctx, r.Unit)
	case "kill":
		return s.kill(ctx, r.Unit)
	case "signal":
		return s.signal(r.Unit, unix.Signal(r.Signal))
	case "await":
		return s.await(ctx, r.Unit, func(u *unit) bool { return r.Not == nil || u.status() != *r.Not })
	case "state":
		return nil
	}
	return errors.New("the init cannot " + r.Do)
}

func (s *supervisor) status(name string) Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.units[name]; u != nil {
		return u.status()
	}
	return Status{}
}

func (u *unit) status() Status {
	return Status{State: u.state, PID: u.pid, Since: u.since.Round(0).UTC()}
}
