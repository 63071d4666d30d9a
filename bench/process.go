package bench

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of times in /proc/PID/stat. Linux shows hundredths of a
// second to programs whatever the kernel's own clock is.
const tick = 10 * time.Millisecond

// processes are those of a server: the ones named and all their descendants,
// such as the backends of PostgreSQL.
type processes struct {
	proc  fs.FS // a Linux /proc
	roots []int
}

// usage is what processes have taken.
type usage struct {
	cpu      time.Duration // user and system, of reaped children too
	resident uint64        // bytes now; shared pages count in each process
	peak     uint64        // bytes, the sum of the peaks since each began
}

// usage adds up all processes. It fails when a named one does not exist; a
// descendant may go away while it is looked at.
func (p *processes) usage() (usage, error) {
	stats, err := p.stats()
	if err != nil {
		return usage{}, err
	}
	var sum usage
	for _, root := range p.roots {
		if _, ok := stats[root]; !ok {
			return usage{}, fmt.Errorf("there is no process %d", root)
		}
	}
	for pid, s := range stats {
		if !p.includes(stats, pid) {
			continue
		}
		sum.cpu += s.cpu
		resident, peak, err := p.memory(pid)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return usage{}, err
		}
		sum.resident += resident
		sum.peak += peak
	}
	return sum, nil
}

// includes reports whether the process is a root or descends from one.
func (p *processes) includes(stats map[int]stat, pid int) bool {
	// The bound is for a table that changed while it was read.
	for range len(stats) {
		if slices.Contains(p.roots, pid) {
			return true
		}
		s, ok := stats[pid]
		if !ok {
			return false
		}
		pid = s.parent
	}
	return false
}

type stat struct {
	parent int
	cpu    time.Duration
}

func (p *processes) stats() (map[int]stat, error) {
	entries, err := fs.ReadDir(p.proc, ".")
	if err != nil {
		return nil, err
	}
	stats := make(map[int]stat, len(entries))
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		text, err := fs.ReadFile(p.proc, path.Join(e.Name(), "stat"))
		if err != nil {
			continue // ended meanwhile
		}
		s, err := parseStat(text)
		if err != nil {
			return nil, fmt.Errorf("process %d: %w", pid, err)
		}
		stats[pid] = s
	}
	return stats, nil
}

// parseStat reads /proc/PID/stat (proc(5)): the name of the program, in
// parentheses, may itself hold spaces and parentheses.
func parseStat(text []byte) (stat, error) {
	end := bytes.LastIndexByte(text, ')')
	fields := strings.Fields(string(text[end+1:]))
	if end < 0 || len(fields) < 15 {
		return stat{}, fmt.Errorf("cannot read stat %q", text)
	}
	parent, err := strconv.Atoi(fields[1])
	if err != nil {
		return stat{}, fmt.Errorf("parent in stat: %w", err)
	}
	var ticks int64
	for _, field := range fields[11:15] { // utime, stime, cutime, cstime
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return stat{}, fmt.Errorf("time in stat: %w", err)
		}
		ticks += n
	}
	return stat{parent: parent, cpu: time.Duration(ticks) * tick}, nil
}

func (p *processes) memory(pid int) (resident, peak uint64, err error) {
	text, err := fs.ReadFile(p.proc, path.Join(strconv.Itoa(pid), "status"))
	if err != nil {
		return 0, 0, err
	}
	return parseStatus(text)
}

// parseStatus reads VmRSS and VmHWM of /proc/PID/status, in bytes; threads of
// the kernel have neither.
func parseStatus(text []byte) (resident, peak uint64, err error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ":")
		if name != "VmRSS" && name != "VmHWM" {
			continue
		}
		kB, err := strconv.ParseUint(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 53)
		if err != nil {
			return 0, 0, fmt.Errorf("%s in status: %w", name, err)
		}
		if name == "VmRSS" {
			resident = kB << 10
		} else {
			peak = kB << 10
		}
	}
	return resident, peak, lines.Err()
}
