package agent

import (
	"errors"
	"fmt"
	"os"

	"tournant/internal/datadir"
)

// ErrRunning is returned where another agent of this host lives.
var ErrRunning = errors.New("another agent runs on this host: systemctl status tournant-ha tells of it")

// Alone runs an agent's life, from reading its configuration on, unless another
// one lives: a second would take the lease from the first before it found the
// ports taken. However live ends, with an agent that handed over or one that
// could not begin, there is nobody here to be primary any more, and the other
// backend must not go on hearing the contrary: keepalived is silenced, until an
// agent begins. One that is killed is not: it comes back at once. (One that goes on being
// killed, tournant-ha-failed.service silences.)
func Alone(p Places, live func() error) (err error) {
	p = p.orInstalled()
	if err := os.MkdirAll(p.Run, 0o700); err != nil {
		return fmt.Errorf("make the agent's directory: %w", err)
	}
	lock, err := datadir.TakeLock(p.Run)
	if errors.Is(err, datadir.ErrInUse) {
		return ErrRunning
	}
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, Silence(p), lock.Release())
	}()
	return live()
}
