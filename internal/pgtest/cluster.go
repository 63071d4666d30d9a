package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	binaries  = "/usr/lib/postgresql/15/bin"
	superuser = "postgres"
	firstPort = 5432 // part of the socket's name only: nothing listens on TCP, but see Secure

	// patience is for starting and stopping on a machine that is busy.
	patience = time.Minute
)

// Cluster is a PostgreSQL of our own, reached through a socket in its directory.
type Cluster struct {
	dir  string
	cmd  *exec.Cmd
	life io.Closer // the server ends when this closes, so also with our process
	made atomic.Int64
	port atomic.Int64
	more []string // arguments of the server
}

// Start makes and starts a cluster. Only fast enough where that costs no truth:
// it syncs what it commits.
func Start() (*Cluster, error) { return start(nil) }

// start is Start with something to do between making and starting, which may
// need the attributes of the server's process.
func start(prepare func(c *Cluster, as *syscall.SysProcAttr) error) (_ *Cluster, err error) {
	dir, err := os.MkdirTemp("", "pg")
	if err != nil {
		return nil, err
	}
	c := &Cluster{dir: dir}
	c.port.Store(firstPort)
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	as, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	initdb := exec.Command(filepath.Join(binaries, "initdb"), "-D", c.data(), "-U", superuser,
		"--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = as, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	if prepare != nil {
		if err := prepare(c, as); err != nil {
			return nil, err
		}
	}
	if err := c.run(as); err != nil {
		return nil, err
	}
	return c, c.wait()
}

func (c *Cluster) data() string { return filepath.Join(c.dir, "data") }

// unprivileged gives dir to the user that PostgreSQL runs as, which is not root.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}, nil
	}
	u, err := user.Lookup(superuser)
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	as := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	return as, os.Chown(dir, int(uid), int(gid))
}

// keeper runs a server until its standard input ends, then stops it as a crash
// would and removes its directory, $0: a test binary that is killed leaves
// nothing behind.
const keeper = `"$@" <&- & read _; kill -QUIT $! 2>/dev/null; wait $!; [ -e "$0/kept" ] || rm -rf "$0"`

func (c *Cluster) run(as *syscall.SysProcAttr) error {
	c.cmd = exec.Command("/bin/sh", "-c", keeper, c.dir, filepath.Join(binaries, "postgres"), "-D", c.data(),
		"-k", c.dir, "-p", strconv.FormatInt(c.port.Load(), 10), "-c", "listen_addresses=", "-c", "max_connections=200",
		"-c", "shared_buffers=64MB", "-c", "log_min_messages=panic", "-c", "max_wal_size=256MB")
	c.cmd.Args = append(c.cmd.Args, c.more...)
	c.cmd.SysProcAttr, c.cmd.Dir = as, c.dir
	c.cmd.Stderr = os.Stderr
	life, err := c.cmd.StdinPipe()
	if err != nil {
		return err
	}
	c.life = life
	return c.cmd.Start()
}

func (c *Cluster) wait() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, c.URL("postgres"))
		if err == nil {
			return conn.Close(ctx)
		}
		if ctx.Err() != nil {
			return errors.Join(err, c.Stop())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Stop ends the cluster and removes it.
func (c *Cluster) Stop() error {
	_ = c.life.Close()
	_ = c.cmd.Wait() // told to end as a crash, it says so
	return os.RemoveAll(c.dir)
}

// CreateDatabase makes an empty database and returns its name.
func (c *Cluster) CreateDatabase() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.URL("postgres"))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close(ctx) }() // it did its work or failed
	name := fmt.Sprintf("test%d", c.made.Add(1))
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	return name, err
}

// MakeDir makes a directory that a server may keep files in.
func MakeDir(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	_, err := unprivileged(dir)
	return err
}
