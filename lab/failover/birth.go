package failover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tournant/lab/cluster"
	"tournant/lab/volume"
)

// A birth is the start of a database server: the main process, not those that it
// forks, which go on being made when the volume is gone.
type birth struct {
	host string
	pid  int
	at   time.Time
}

// births looks for database servers on the backends. What lives for a moment is
// found by looking often; one who revives it does so often, too.
type births struct {
	seen map[birth]bool // those that are there, by host and pid
	all  []birth
	err  error
	stop context.CancelFunc
	done sync.WaitGroup
}

// lookEvery is less than a PostgreSQL needs to find out that it has no data.
const lookEvery = 5 * time.Millisecond

func watchBirths(ctx context.Context, k *cluster.Cluster) *births {
	b := &births{seen: map[birth]bool{}}
	ctx, b.stop = context.WithCancel(ctx)
	b.done.Go(func() {
		ticks := time.NewTicker(lookEvery)
		defer ticks.Stop()
		for b.err == nil {
			select {
			case <-ticks.C:
			case <-ctx.Done():
				return
			}
			for _, host := range cluster.Backends {
				b.look(k, host)
			}
		}
	})
	return b
}

// end ends the watch and returns what it saw.
func (b *births) end() ([]birth, error) {
	b.stop()
	b.done.Wait()
	return b.all, b.err
}

func (b *births) look(k *cluster.Cluster, host string) {
	pids, err := k.Machine(host).Processes(cluster.PostgreSQL)
	if err != nil {
		b.err = errors.Join(b.err, err)
		return
	}
	for one := range b.seen {
		if one.host == host && !slices.Contains(pids, one.pid) {
			delete(b.seen, one) // the kernel gives its number to another some day
		}
	}
	for _, pid := range pids {
		one := birth{host: host, pid: pid}
		if b.seen[one] {
			continue
		}
		p, err := readProcess(pid)
		if err != nil || p.name != server {
			continue // it has ended, or is not yet what it is going to be
		}
		b.seen[one] = true
		if parent, err := readProcess(p.parent); err != nil || parent.name != server {
			one.at = p.began
			b.all = append(b.all, one)
		}
	}
}

// server is what the kernel calls PostgreSQL's processes.
const server = "postgres"

// hertz is how finely the kernel tells of times (USER_HZ).
const hertz = 100

// A process is as much of one as tells what it is.
type process struct {
	name   string
	parent int
	began  time.Time
}

// readProcess reads the kernel's line on a process: proc(5), stat.
func readProcess(pid int) (process, error) {
	var p process
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return p, err
	}
	// The name may have anything in it.
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	p.name = string(text[open+1 : end])
	fields := bytes.Fields(text[end+1:])
	const state, ppid, starttime = 3, 4, 22
	if p.parent, err = strconv.Atoi(string(fields[ppid-state])); err != nil {
		return p, err
	}
	ticks, err := strconv.ParseInt(string(fields[starttime-state]), 10, 64)
	if err != nil {
		return p, err
	}
	var up unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &up); err != nil {
		return p, err
	}
	p.began = time.Now().Add(time.Duration(ticks)*(time.Second/hertz) - time.Duration(up.Nano()))
	return p, nil
}

// killAlone has the database die where the volume's I/O fails and the agent stands
// still: whoever starts it again does so without asking.
func killAlone(ctx context.Context, k *cluster.Cluster, primary string) error {
	if err := errors.Join(k.Signal(ctx, primary, cluster.Agent, syscall.SIGSTOP), k.Fault(ctx, "io-error", primary)); err != nil {
		return err
	}
	pids, err := k.Machine(primary).Processes(cluster.PostgreSQL)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		p, err := readProcess(pid)
		if err != nil || p.name != server {
			continue // it has ended, or is who keeps the server
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}

// A possession is a time in which a host's writes to the volume were applied.
type possession struct {
	host     string
	from, to time.Time // to is zero for one that lasts
}

// possessions reads them from the volume's log. One ends with the first write that is
// refused, or with the attachment. Where I/O failed and works again, the next begins with
// the first write that is applied.
func possessions(log io.Reader) ([]possession, error) {
	var all []possession
	for e, err := range entries(log) {
		if err != nil {
			return nil, err
		}
		last := len(all) - 1
		switch {
		case e.Event == volume.Attach, last >= 0 && e.Event == "" && e.OK && !all[last].to.IsZero():
			all = append(all, possession{host: e.Instance, from: e.T})
		case last >= 0 && all[last].host == e.Instance && all[last].to.IsZero() && (e.Event == volume.Cut || e.Event == "" && !e.OK):
			all[last].to = e.T
		}
	}
	return all, nil
}

// blur is by how much the kernel's time of a start may be off: two ticks.
const blur = 2 * time.Second / hertz

// stillborn are the database servers that were started where the volume was not.
func stillborn(all []birth, had []possession) []string {
	var wrong []string
	for _, b := range all {
		if !slices.ContainsFunc(had, func(p possession) bool {
			return p.host == b.host && b.at.After(p.from.Add(-blur)) && (p.to.IsZero() || b.at.Before(p.to.Add(blur)))
		}) {
			wrong = append(wrong, fmt.Sprintf("%s: process %d on %s", b.at.Format(clock), b.pid, b.host))
		}
	}
	return wrong
}
