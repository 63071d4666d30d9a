package machine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tournant/lab/cgroup"
)

const (
	cgroupsInside = "/sys/fs/cgroup"
	notifyInside  = "/run/notify"
	logsInside    = "/var/log/units"
)

// A supervisor keeps units.
type supervisor struct {
	mu      sync.Mutex
	units   map[string]*unit
	order   []string
	changed chan struct{} // closed at the next change of any unit
}

// A unit is one of them. The supervisor's lock guards it.
type unit struct {
	Unit
	state    State
	pid      int
	launched int  // how often: the kernel gives a pid to others later
	asked    bool // to stop
	since    time.Time
	socket   *net.UnixConn // that it notifies
	watchdog *time.Timer
}

func newSupervisor(units []Unit) (*supervisor, error) {
	s := &supervisor{units: map[string]*unit{}, changed: make(chan struct{})}
	for _, dir := range []string{notifyInside, logsInside} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	for _, spec := range units {
		u := &unit{Unit: spec, state: Inactive, since: time.Now()}
		if spec.Notify {
			var err error
			if u.socket, err = listenNotify(spec.Name); err != nil {
				return nil, err
			}
			go s.listen(u)
		}
		if err := u.group().Make(); err != nil {
			return nil, err
		}
		s.units[spec.Name] = u
		s.order = append(s.order, spec.Name)
	}
	return s, nil
}

func (u *unit) group() cgroup.Group { return cgroup.Group(filepath.Join(cgroupsInside, u.Name)) }

// boot starts what starts with the machine.
func (s *supervisor) boot() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range s.order {
		if u := s.units[name]; u.Enabled && u.After == "" {
			s.launch(u)
		} else if u.Enabled {
			go func() { _ = s.start(context.Background(), name) }() // its state tells
		}
	}
}

// set tells who waits.
func (s *supervisor) set(u *unit, state State) {
	u.state, u.since = state, time.Now()
	close(s.changed)
	s.changed = make(chan struct{})
}

// launch starts a unit's process. A failure is the unit's.
func (s *supervisor) launch(u *unit) {
	pid, err := u.spawn()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %s: %v\n", time.Now().Format(time.RFC3339Nano), u.Name, err)
		s.set(u, Failed)
		return
	}
	u.pid, u.asked = pid, false
	u.launched++
	if u.Notify {
		s.set(u, Activating)
		return
	}
	s.set(u, Active)
}

// spawn starts the main process in the unit's cgroup.
func (u *unit) spawn() (int, error) {
	log, err := os.OpenFile(filepath.Join(logsInside, u.Name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer log.Close()
	// A new one: Linux 6.18 kills at once what is born into a cgroup that was
	// killed, unless its parent's was, too.
	if err := errors.Join(u.group().Remove(), u.group().Make()); err != nil {
		return 0, err
	}
	group, err := os.Open(string(u.group()))
	if err != nil {
		return 0, err
	}
	defer group.Close()
	env := []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"}
	if u.Notify {
		env = append(env, "NOTIFY_SOCKET="+filepath.Join(notifyInside, u.Name))
	}
	if u.Watchdog > 0 {
		env = append(env, "WATCHDOG_USEC="+strconv.FormatInt(u.Watchdog.Microseconds(), 10))
	}
	p, err := os.StartProcess(u.Command[0], u.Command, &os.ProcAttr{
		Dir: "/", Env: env, Files: []*os.File{nil, log, log},
		Sys: &syscall.SysProcAttr{Setsid: true, UseCgroupFD: true, CgroupFD: int(group.Fd())},
	})
	if err != nil {
		return 0, err
	}
	pid := p.Pid            // Release forgets it
	return pid, p.Release() // reap waits for it
}

// reap takes note of the processes that have ended, its own and those that lost
// their parents.
func (s *supervisor) reap() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		var status unix.WaitStatus
		pid, err := unix.Wait4(-1, &status, unix.WNOHANG, nil)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
		for _, u := range s.units {
			if u.pid == pid {
				u.pid = 0
				s.ended(u, status)
			}
		}
	}
}

// ended is what follows a main process.
func (s *supervisor) ended(u *unit, status unix.WaitStatus) {
	if u.watchdog != nil {
		u.watchdog.Stop()
	}
	wanted := u.asked || u.OnFailure && status.Exited() && status.ExitStatus() == 0
	s.set(u, Deactivating)
	go func() {
		_ = u.group().Kill()
		_ = u.group().Await(context.Background(), "populated", false)
		u.afterwards()
		s.mu.Lock()
		defer s.mu.Unlock()
		if wanted {
			s.set(u, Inactive)
			return
		}
		s.set(u, Failed)
		if u.Restart {
			time.AfterFunc(restartAfter, func() { s.restart(u) })
		}
	}()
}

func (s *supervisor) restart(u *unit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.state == Failed && !u.asked {
		s.launch(u)
	}
}

// afterwards runs StopPost, in the unit's cgroup as all of it.
func (u *unit) afterwards() {
	if len(u.StopPost) == 0 {
		return
	}
	after := *u
	after.Command, after.Notify, after.Watchdog = u.StopPost, false, 0
	if _, err := after.spawn(); err != nil {
		fmt.Fprintf(os.Stderr, "%s: after %s: %v\n", time.Now().Format(time.RFC3339Nano), u.Name, err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	_ = u.group().Await(ctx, "populated", false)
	_ = u.group().Kill()
}

// find is the unit of a name.
func (s *supervisor) find(name string) (*unit, error) {
	if u := s.units[name]; u != nil {
		return u, nil
	}
	return nil, fmt.Errorf("there is no unit %q, but %s", name, strings.Join(slices.Sorted(slices.Values(s.order)), ", "))
}
