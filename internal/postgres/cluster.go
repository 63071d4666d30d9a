package postgres

import (
	"fmt"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Cluster is where PostgreSQL has what.
type Cluster struct {
	Data     string // its directory on the volume
	Conf     string // what Configure writes, on this host
	Socket   string // the directory of its socket
	Binaries string // of the distribution, of one major version
	User     string // of the operating system, and its superuser within
}

// The places of an installed backend.
const (
	ConfDir   = "/var/opt/opscode/postgresql"
	SocketDir = "/run/" + socketName
	Superuser = "postgres"

	socketName = "tournant-postgresql"
	dataName   = "postgresql"
)

// OnVolume is the cluster on a volume that is mounted at path.
func OnVolume(path, binaries string) *Cluster {
	return &Cluster{Data: filepath.Join(path, dataName), Conf: ConfDir, Socket: SocketDir, Binaries: binaries, User: Superuser}
}

func (c *Cluster) program(name string) string { return filepath.Join(c.Binaries, name) }

func (c *Cluster) conf(name string) string { return filepath.Join(c.Conf, name) }

// Command starts the server in the foreground, as User. What must not be
// otherwise is on the command line, which neither a file nor ALTER SYSTEM can
// override.
func (c *Cluster) Command(s Settings) []string {
	command := []string{c.program("postgres"), "-D", c.Data}
	for _, e := range c.enforced(s) {
		command = append(command, "-c", e.name+"="+e.value)
	}
	return command
}

// Credential is that of User: PostgreSQL refuses to run as root.
func (c *Cluster) Credential() (*syscall.Credential, error) {
	u, err := user.Lookup(c.User)
	if err != nil {
		return nil, fmt.Errorf("find the user of PostgreSQL, which its package makes: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// quoted is a text as PostgreSQL's configuration files have it.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
