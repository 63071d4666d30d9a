package plain

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// main is the main process of a unit.
type main struct {
	process *os.Process
	started time.Time

	ended  chan struct{} // closed when it has, after what follows is set
	at     time.Time
	failed bool
	result error
}

// start runs a unit in its control group. It is asked to end when the thread
// that started it ends, which is when this process does.
func start(unit Unit, group string) (*main, error) {
	begun := make(chan *main)
	failed := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		c, err := command(unit, group)
		if err != nil {
			failed <- err
			return
		}
		m := &main{process: c.Process, started: time.Now(), ended: make(chan struct{})}
		begun <- m
		m.result = c.Wait()
		m.at, m.failed = time.Now(), m.result != nil
		close(m.ended)
	}()
	select {
	case m := <-begun:
		return m, nil
	case err := <-failed:
		return nil, err
	}
}

func command(unit Unit, group string) (*exec.Cmd, error) {
	g, err := os.Open(group)
	if err != nil {
		return nil, err
	}
	defer g.Close()
	c := exec.Command(unit.Command[0], unit.Command[1:]...) //nolint:gosec,noctx // what the unit says; it outlives its caller
	c.Dir, c.Env = "/", unit.Env
	if unit.Output != nil {
		c.Stdout, c.Stderr = unit.Output, unit.Output
	}
	c.SysProcAttr = &unix.SysProcAttr{
		Setsid: true, Credential: unit.Credential, Pdeathsig: unit.Stop, UseCgroupFD: true, CgroupFD: int(g.Fd()),
	}
	return c, c.Start()
}

// pause is between two questions whether a program is ready.
const pause = 20 * time.Millisecond

// errEnded: the main process ended while it was waited for.
var errEnded = errors.New("it ended")

func (m *main) ready(ctx context.Context, ask func(context.Context) error) error {
	var last error
	for {
		select {
		case <-m.ended:
			return errors.Join(errEnded, m.result, last)
		case <-ctx.Done():
			return errors.Join(ctx.Err(), last)
		default:
		}
		if ask == nil {
			return nil
		}
		switch err := ask(ctx); {
		case err == nil:
			return nil
		case ctx.Err() == nil: // else it says no more than that
			last = err
		}
		select {
		case <-m.ended:
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// since is when the unit came into its state.
func (m *main) since() time.Time {
	select {
	case <-m.ended:
		return m.at
	default:
		return m.started
	}
}

// populated reports whether any process is in a control group.
func populated(group string) (bool, error) {
	text, err := os.ReadFile(filepath.Join(group, "cgroup.events"))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil // it is being made anew, which only an empty one is
	}
	return bytes.Contains(text, []byte("populated 1")), err
}
