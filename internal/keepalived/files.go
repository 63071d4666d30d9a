package keepalived

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tournant/internal/atomicfile"
)

// Files are what keepalived and the agent share.
type Files struct {
	Config string // keepalived.conf
	FIFO   string // what keepalived tells
	Track  string // whether this host is primary
	PID    string // of keepalived
	VRRP   string // of its child that speaks VRRP
	Unread string // there while keepalived may not have read the configuration
}

// FilesIn names the files: the configuration below dir, which outlives a
// reboot, the others in run, which must not.
func FilesIn(dir, run string) Files {
	return Files{
		Config: filepath.Join(dir, "etc", "keepalived.conf"),
		FIFO:   filepath.Join(run, "vrrp.fifo"),
		Track:  filepath.Join(run, "primary"),
		PID:    filepath.Join(run, "keepalived.pid"),
		VRRP:   filepath.Join(run, "vrrp.pid"),
		Unread: filepath.Join(run, "unread"),
	}
}

// Args are the arguments that keepalived is run with: VRRP alone, in the
// foreground, logging to standard error and not to syslog as well, which is the
// same journal.
func (f Files) Args() []string {
	return []string{
		"--vrrp", "--dont-fork", "--log-console", "--no-syslog", "--log-detail",
		"--use-file=" + f.Config, "--pid=" + f.PID, "--vrrp_pid=" + f.VRRP,
	}
}

// Applied is what Apply did.
type Applied struct {
	Written bool // it was other than what was there
	Read    bool // a keepalived that runs was told to read it
}

// Apply installs the configuration and has a keepalived that runs read it.
// Whoever ends between the two leaves word for the next.
func (f Files) Apply(content []byte) (done Applied, err error) {
	_, err = os.Lstat(f.Unread)
	unread := err == nil
	if err := os.MkdirAll(filepath.Dir(f.Unread), 0o700); err != nil {
		return done, fmt.Errorf("keepalived: %w", err)
	}
	if err := os.WriteFile(f.Unread, nil, 0o600); err != nil {
		return done, fmt.Errorf("keepalived: %w", err)
	}
	if done.Written, err = f.Install(content); err != nil {
		return done, err
	}
	if done.Written || unread {
		err := f.Reload()
		if err != nil && !errors.Is(err, ErrNotRunning) {
			return done, err
		}
		done.Read = err == nil
	}
	if err := os.Remove(f.Unread); err != nil {
		return done, fmt.Errorf("keepalived: %w", err)
	}
	return done, nil
}

// Install writes the configuration where it differs from what is there, and
// tells whether it did. Only root may read it: it holds the password.
func (f Files) Install(content []byte) (changed bool, err error) {
	old, err := os.ReadFile(f.Config)
	if err == nil && string(old) == string(content) {
		return false, nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, fmt.Errorf("keepalived: read the configuration: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(f.Config), 0o700); err != nil {
		return false, fmt.Errorf("keepalived: %w", err)
	}
	if err := atomicfile.Write(f.Config, content, 0o600); err != nil {
		return false, fmt.Errorf("keepalived: write the configuration: %w", err)
	}
	return true, nil
}

// SetPrimary raises this host's priority while it owns the volume, so that what
// keepalived elects follows who is primary. keepalived looks for files that are
// moved into place, too. No disk is waited for: what it says means nothing after
// a reboot.
func (f Files) SetPrimary(primary bool) error {
	content := "0\n"
	if primary {
		content = "1\n"
	}
	if err := atomicfile.WriteVolatile(f.Track, []byte(content), 0o600); err != nil {
		return fmt.Errorf("keepalived: write the tracked file: %w", err)
	}
	return nil
}

// ErrNotRunning is returned where keepalived was expected to run.
var ErrNotRunning = errors.New("keepalived does not run")

// Reload has a running keepalived read its configuration again. It keeps its
// state, so nothing fails over.
func (f Files) Reload() error {
	pid, err := f.Running()
	if err != nil {
		return err
	}
	if err := unix.Kill(pid, unix.SIGHUP); err != nil {
		return fmt.Errorf("keepalived: reload: %w", err)
	}
	return nil
}

// Running is keepalived's process. A file that it left behind may name another
// program's by now.
func (f Files) Running() (int, error) {
	pid, err := ReadPID(f.PID)
	if errors.Is(err, os.ErrNotExist) {
		return 0, ErrNotRunning
	}
	if err != nil {
		return 0, err
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil || !strings.HasPrefix(string(name), "keepalived") {
		return 0, ErrNotRunning // there is no such process
	}
	return pid, nil
}

// ReadPID reads a file that holds the number of a process.
func ReadPID(file string) (int, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, fmt.Errorf("keepalived: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || pid <= 1 {
		return 0, fmt.Errorf("keepalived: %s holds %q, not the number of a process", file, text)
	}
	return pid, nil
}
