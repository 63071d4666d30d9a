package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Kill ends all of the server's processes as a power cut would.
func (c *Cluster) Kill() error {
	pid, err := c.postmaster()
	if err != nil {
		return err
	}
	if err := os.WriteFile(c.kept(), nil, 0o600); err != nil {
		return err
	}
	// The kernel lists a process's children until it ends.
	list, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return err
	}
	// The parent first, which would start others.
	processes := append([]string{strconv.Itoa(pid)}, strings.Fields(string(list))...)
	for _, process := range processes {
		pid, err := strconv.Atoi(process)
		if err != nil {
			return err
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	c.gone(processes)
	return nil
}

// Shutdown ends the server as its administrator does: it ends its sessions and
// writes everything down.
func (c *Cluster) Shutdown() error {
	pid, err := c.postmaster()
	if err != nil {
		return err
	}
	if err := errors.Join(os.WriteFile(c.kept(), nil, 0o600), syscall.Kill(pid, syscall.SIGINT)); err != nil {
		return err
	}
	c.gone([]string{strconv.Itoa(pid)})
	return nil
}

// gone returns when no process is left that would keep another server from
// starting, and neither is their keeper.
func (c *Cluster) gone(processes []string) {
	for slices.ContainsFunc(processes, lives) {
		time.Sleep(time.Millisecond)
	}
	_ = c.life.Close()
	_ = c.cmd.Wait() // of a killed one it says so
}

// lives reports whether a process has not ended, as a zombie has.
func lives(pid string) bool {
	stat, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	_, state, found := strings.Cut(string(stat), ") ")
	return err == nil && found && !strings.HasPrefix(state, "Z")
}

// Restart starts a server that was killed or shut down and waits until it has
// recovered.
func (c *Cluster) Restart() error {
	as, err := unprivileged(c.dir)
	if err != nil {
		return err
	}
	if err := errors.Join(os.Remove(c.kept()), c.run(as)); err != nil {
		return err
	}
	return c.wait()
}

// Relocate is Restart at another address, as on another host that got the
// volume.
func (c *Cluster) Relocate() error {
	c.port.Add(1)
	return c.Restart()
}

// RestartAsStandby is Restart for a server that goes on recovering, and answers
// no more than reads, until Promote.
func (c *Cluster) RestartAsStandby() error {
	signal := filepath.Join(c.data(), "standby.signal")
	if err := os.WriteFile(signal, nil, 0o600); err != nil {
		return err
	}
	if _, err := unprivileged(signal); err != nil {
		return err
	}
	return c.Restart()
}

// Promote ends a recovery.
func (c *Cluster) Promote() error { return c.exec("SELECT pg_promote()") }

// kept is a file while the directory outlives its server.
func (c *Cluster) kept() string { return filepath.Join(c.dir, "kept") }

// postmaster is the process that the others are children of.
func (c *Cluster) postmaster() (int, error) {
	text, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strconv.Atoi(first)
}

// SetReadOnly has the server refuse writes as a standby does, or take them again.
func (c *Cluster) SetReadOnly(on bool) error {
	return c.exec(fmt.Sprintf("ALTER SYSTEM SET default_transaction_read_only = %t", on), "SELECT pg_reload_conf()")
}

func (c *Cluster) exec(statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }() // it did its work or failed
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// socket is what the server listens on.
func (c *Cluster) socket() string {
	return filepath.Join(c.dir, ".s.PGSQL."+strconv.FormatInt(c.port.Load(), 10))
}
