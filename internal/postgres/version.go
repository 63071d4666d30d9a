package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// VersionError says that this host's programs cannot run the cluster.
type VersionError struct{ Volume, Host int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("the cluster on the volume is of PostgreSQL %d, and this host has %d: install PostgreSQL %[1]d here", e.Volume, e.Host)
}

const versionFile = "PG_VERSION"

// ErrNoCluster is returned where the volume has no cluster.
var ErrNoCluster = errors.New("there is no PostgreSQL cluster on the volume")

// CheckVersion compares the cluster with the programs of this host: a cluster
// runs with one major version alone. Errors are ErrNoCluster, *VersionError.
func (c *Cluster) CheckVersion(ctx context.Context) error {
	text, err := os.ReadFile(filepath.Join(c.Data, versionFile))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %s is not there", ErrNoCluster, filepath.Join(c.Data, versionFile))
	}
	if err != nil {
		return fmt.Errorf("read the version of the cluster: %w", err)
	}
	volume, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return fmt.Errorf("read the version of the cluster: %q is none that is supported", text)
	}
	host, err := c.Major(ctx)
	if err != nil {
		return err
	}
	if volume != host {
		return &VersionError{Volume: volume, Host: host}
	}
	return nil
}

// Major is the major version of this host's programs.
func (c *Cluster) Major(ctx context.Context) (int, error) {
	out, err := exec.CommandContext(ctx, c.program("postgres"), "--version").Output() //nolint:gosec // the distribution's program
	if err != nil {
		return 0, fmt.Errorf("ask for PostgreSQL's version: %w", err)
	}
	major, err := parseVersion(string(out))
	if err != nil {
		return 0, fmt.Errorf("ask for PostgreSQL's version: %w", err)
	}
	return major, nil
}

// parseVersion reads the major version of what `postgres --version` prints, as
// "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)".
func parseVersion(out string) (int, error) {
	fields := strings.Fields(out)
	if len(fields) < 3 {
		return 0, fmt.Errorf("%q names no version", out)
	}
	digits := fields[2]
	if i := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); i >= 0 {
		digits = digits[:i] // 15.18, 17beta1
	}
	major, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("%q names no version", out)
	}
	return major, nil
}

// Binaries finds the distribution's programs of a major version, 0 for the
// newest there is: Debian's are beside each other, as are those of
// PostgreSQL's own packages for Red Hat, whose own are in the usual place.
func Binaries(root string, major int) (string, error) {
	var best string
	newest := -1
	const usual = "usr/bin/postgres"
	for _, pattern := range []string{"usr/lib/postgresql/*/bin/postgres", "usr/pgsql-*/bin/postgres", usual} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			return "", err
		}
		for _, program := range found {
			is, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(filepath.Dir(filepath.Dir(program))), "pgsql-"))
			switch {
			case pattern == usual: // it says no version: that is looked at before it runs
				is = 0
			case err != nil: // 9.6
				continue
			}
			if is > newest && (major == 0 || is == 0 || is == major) {
				best, newest = filepath.Dir(program), is
			}
		}
	}
	if best == "" && major != 0 {
		return "", fmt.Errorf("PostgreSQL %d is not installed: install the package postgresql-%[1]d", major)
	}
	if best == "" {
		return "", errors.New("PostgreSQL is not installed: install the package postgresql")
	}
	return best, nil
}
