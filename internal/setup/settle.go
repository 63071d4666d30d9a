package setup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"tournant/internal/ha/control"
)

// lookEvery is between two looks at a backend that is waited for.
const lookEvery = 100 * time.Millisecond

// settle waits until this backend is what it shall be, and tells of what it is
// meanwhile: the one that comes first becomes primary, the others find one.
func (r *run) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.Patience)
	defer cancel()
	told := ""
	failure := &NotSettledError{Within: r.Patience}
	for {
		status, err := r.control().Status(ctx)
		switch {
		case err == nil && r.settled(status):
			r.out.Backend = status
			return nil
		case err == nil:
			failure.Status = status
			if text := fmt.Sprintf("this backend is %s: %s", status.State, status.Reason); text != told {
				told = text
				r.Note(text)
			}
		case ctx.Err() == nil: // not that the time was over
			failure.Err = err
		}
		select {
		case <-ctx.Done():
			return failure
		case <-time.After(lookEvery):
		}
	}
}

func (r *run) settled(s *control.Status) bool {
	switch {
	case s.State == primary: // and reached: EC2 takes its time to move the address
		return s.Lease.Valid && !slices.ContainsFunc(s.Checks, func(c control.Check) bool { return c.Name == "ip" && !c.OK })
	case s.State != standby || r.adopt != nil:
		return false
	case s.Held, s.Maintenance, s.Keepalived.State == "stopped":
		return true // by a person
	}
	return s.Peer.Reachable && s.Peer.State == primary
}

// NotSettledError says what a backend waits for.
type NotSettledError struct {
	Status *control.Status // nil: the agent never answered
	Within time.Duration
	Err    error // of the agent
}

func (e *NotSettledError) Unwrap() error { return e.Err }

// seeMore ends what is said of a backend.
const seeMore = "It goes on trying. `chef-server-ctl ha-status` shows more, and `journalctl -u tournant-ha` what its agent does; " +
	"once the cause is gone, run chef-server-ctl reconfigure again."

func (e *NotSettledError) Error() string {
	if e.Status == nil {
		return fmt.Sprintf("The agent of this backend did not answer within %v: %v\n%s", e.Within, e.Err, seeMore)
	}
	var b strings.Builder
	s := e.Status
	switch {
	case s.State == standby && !s.Peer.Reachable:
		fmt.Fprintf(&b, "This backend is standby (%s), and the other one, %s, does not answer at %s.\n", s.Reason, s.Peer.Name, s.Peer.Address)
	default:
		fmt.Fprintf(&b, "This backend is %s, and nobody was primary within %v: %s\n", s.State, e.Within, s.Reason)
	}
	for _, t := range s.Troubles {
		fmt.Fprintf(&b, "  %s: %s\n", t.Action, t.Text)
	}
	for _, c := range s.Checks {
		if !c.OK && c.Reason != "" {
			fmt.Fprintf(&b, "  [ERROR] %s %s\n", c.Text, c.Reason)
		}
	}
	b.WriteString(seeMore)
	return b.String()
}
