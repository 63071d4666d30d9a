package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Foreign is a cluster of the distribution on this host. It would take the
// port, and be taken for ours.
type Foreign struct {
	Name    string // 15/main, or the unit where there is only one
	Unit    string
	Starts  bool // with the host
	Running bool
	End     string // the commands that end it and keep its data
}

func (f Foreign) String() string {
	state := "runs"
	switch {
	case f.Starts && f.Running:
		state = "runs and starts with the host"
	case f.Starts:
		state = "starts with the host"
	}
	return fmt.Sprintf("the PostgreSQL cluster %s %s; end it, and keep its data, with: %s", f.Name, state, f.End)
}

// UnitState tells of a unit whether it starts with the host and whether it
// runs; one that is not there does neither.
type UnitState func(ctx context.Context, unit string) (starts, runs bool, err error)

// distributionUnits are those of Red Hat and of PostgreSQL's own packages for
// it. Debian's postgresql.service stands for all of Debian's clusters, which
// have units of their own.
var distributionUnits = []string{"postgresql.service", "postgresql-15.service", "postgresql-16.service", "postgresql-17.service", "postgresql-18.service"}

// FindForeign finds the distribution's clusters that run or start with the
// host. root is where the host's files are, "/" for this one.
func FindForeign(ctx context.Context, root string, state UnitState) ([]Foreign, error) {
	names, err := filepath.Glob(filepath.Join(root, "etc/postgresql/*/*/postgresql.conf"))
	if err != nil {
		return nil, err
	}
	var found []Foreign
	for _, name := range names {
		f, err := debianCluster(ctx, filepath.Dir(name), state)
		if err != nil {
			return nil, err
		}
		found = append(found, f)
	}
	if _, err := os.Stat(filepath.Join(root, "etc/postgresql-common")); errors.Is(err, os.ErrNotExist) {
		for _, unit := range distributionUnits {
			f := Foreign{Name: unit, Unit: unit, End: "systemctl disable --now " + unit}
			if f.Starts, f.Running, err = state(ctx, unit); err != nil {
				return nil, err
			}
			found = append(found, f)
		}
	}
	standing := found[:0]
	for _, f := range found {
		if f.Starts || f.Running {
			standing = append(standing, f)
		}
	}
	return standing, nil
}

// debianCluster looks at a cluster by the directory of its settings,
// /etc/postgresql/15/main. Whether it starts with the host is in start.conf
// there: a generator makes units of it.
func debianCluster(ctx context.Context, dir string, state UnitState) (Foreign, error) {
	version, name := filepath.Base(filepath.Dir(dir)), filepath.Base(dir)
	f := Foreign{Name: version + "/" + name, Unit: fmt.Sprintf("postgresql@%s-%s.service", version, name)}
	f.End = fmt.Sprintf("systemctl stop %s && echo manual > /etc/postgresql/%s/start.conf", f.Unit, f.Name)
	_, running, err := state(ctx, f.Unit)
	if err != nil {
		return f, err
	}
	text, err := os.ReadFile(filepath.Join(dir, "start.conf"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return f, fmt.Errorf("look whether the cluster %s starts with the host: %w", f.Name, err)
	}
	f.Running, f.Starts = running, startsAutomatically(string(text))
	return f, nil
}

// startsAutomatically reads a start.conf; without a word in it, it is "auto".
func startsAutomatically(text string) bool {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if word := strings.TrimSpace(line); word != "" {
			return word == "auto"
		}
	}
	return true
}
