package failover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tournant/lab/cluster"
	"tournant/lab/load"
	"tournant/lab/page"
)

// The rows in which a whole cluster gets another release while it serves. Upgrade is
// to a newer one and Downgrade to an older one.
const (
	Upgrade   = "upgrade"
	Downgrade = "downgrade"
)

// A Release is what a cluster's hosts have.
type Release struct {
	page.Packages
	// Version is that of the packages.
	Version string
}

// FindRelease finds the packages of a directory.
func FindRelease(ctx context.Context, dir string) (Release, error) {
	p, err := page.Find(dir)
	if err != nil {
		return Release{}, err
	}
	out, err := exec.CommandContext(ctx, "dpkg-deb", "--field", p.Tournant, "Version").Output()
	if err != nil {
		return Release{}, fmt.Errorf("the version of %s: %w", p.Tournant, err)
	}
	return Release{p, strings.TrimSpace(string(out))}, nil
}

// UpgradeRow gives all hosts another release than they have, by the steps of the documentation, which
// are told to out. Nobody notices: not who sends requests, and not who has sent half
// of one when its server ends.
func UpgradeRow(name string, from, to Release, out io.Writer) Row {
	r := Row{Name: name, from: from.Version, to: to.Version, Moves: true, Unfailing: true, Takings: 1, Frontends: 2, Hurt: nothing, Heal: to.isEverywhere}
	for i, s := range page.Upgrade(to.Packages, "") {
		r.stages = append(r.stages, stage{s.Name, func(ctx context.Context, t *trial, primary string) error {
			s := page.Upgrade(to.Packages, primary)[i]
			if s.Interrupts {
				return t.interrupt(ctx, s, out)
			}
			return page.Type(ctx, typist{t.Cluster}, s.Steps, out)
		}})
	}
	return r
}

// A stage is a part of what is done to a cluster, with a time without service of its
// own.
type stage struct {
	name string
	do   func(ctx context.Context, t *trial, primary string) error
}

// StageResult is what came of a stage.
type StageResult struct {
	Name string `json:"name"`
	Took int64  `json:"took_ms"`
	// Gap is the longest time without an acknowledged write by one of the frontends,
	// in milliseconds.
	Gap int64 `json:"gap_ms"`

	from, to time.Time
}

// pass goes through the stages. Before each next one all is well.
func (t *trial) pass(ctx context.Context, row Row, primary string, l *load.Load, r *Result) error {
	for _, s := range row.stages {
		done := StageResult{Name: s.name, from: time.Now()}
		t.Log.Info("stage", "row", row.Name, "stage", s.name)
		limited, cancel := t.within(ctx)
		err := s.do(limited, t, primary)
		cancel()
		if err == nil {
			err = t.awaitWrites(ctx, l)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		done.to = time.Now()
		r.Stages = append(r.Stages, done)
	}
	return nil
}

// measureStages takes the times of each.
func (r *Result) measureStages(h load.History) {
	byRoute := map[string]load.History{}
	for _, o := range h {
		byRoute[o.Route] = append(byRoute[o.Route], o)
	}
	delete(byRoute, routeVIP)
	for i := range r.Stages {
		s := &r.Stages[i]
		s.Took = s.to.Sub(s.from).Milliseconds()
		for _, one := range byRoute {
			gap, _ := one.Gap(s.from, s.to)
			s.Gap = max(s.Gap, gap.Milliseconds())
		}
	}
}

// interrupt types what ends a server while each frontend has half of a request, of
// which the rest comes when the end has begun.
func (t *trial) interrupt(ctx context.Context, s page.Stage, out io.Writer) error {
	before, last := s.Steps[:len(s.Steps)-1], s.Steps[len(s.Steps)-1]
	if err := page.Type(ctx, typist{t.Cluster}, before, out); err != nil {
		return err
	}
	halves, err := t.sendHalves(ctx, s.Name)
	if err != nil {
		return err
	}
	g, inner := errgroup.WithContext(ctx)
	g.Go(func() error { return page.Type(inner, typist{t.Cluster}, []page.Step{last}, out) })
	g.Go(func() error {
		// A frontend's server does not end before it has the rest.
		defer func() {
			for _, h := range halves {
				h.rest()
			}
		}()
		if err := t.awaitEnd(inner, last.Host); err != nil {
			return err
		}
		return wait(time.Second)(inner, t.Cluster, "")
	})
	err = g.Wait()
	for _, h := range halves {
		err = errors.Join(err, h.finish(ctx))
	}
	return err
}

// awaitEnd waits until a host's server is about to end: a frontend's is told to, and
// a backend's when its agent hands over.
func (t *trial) awaitEnd(ctx context.Context, host string) error {
	for {
		ends, err := t.ends(ctx, host)
		if err != nil || ends {
			return err
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("the server of %s does not end: %w", host, ctx.Err())
		}
	}
}

func (t *trial) ends(ctx context.Context, host string) (bool, error) {
	if host == cluster.Backends[0] || host == cluster.Backends[1] {
		s, err := t.Status(ctx, host)
		return err == nil && s.State != "primary", err
	}
	c, err := t.Machine(host).Command(ctx, "systemctl", "show", "-P", "ActiveState", cluster.Server)
	if err != nil {
		return false, err
	}
	state, err := c.Output()
	return strings.TrimSpace(string(state)) != "active", err
}

// isEverywhere finds the release on each host, and in each process that runs.
func (to Release) isEverywhere(ctx context.Context, k *cluster.Cluster, _ string) error {
	for _, host := range append(k.Frontends(), cluster.Backends...) {
		packages, services := []string{"tournant"}, []string{cluster.Server}
		if host == cluster.Backends[0] || host == cluster.Backends[1] {
			packages, services = append(packages, "tournant-ha"), append(services, cluster.Agent)
		}
		for _, name := range packages {
			if err := to.isInstalled(ctx, k, host, name); err != nil {
				return err
			}
		}
		for _, name := range services {
			if err := runsInstalled(k, host, name); err != nil {
				return err
			}
		}
	}
	return nil
}

func (to Release) isInstalled(ctx context.Context, k *cluster.Cluster, host, name string) error {
	c, err := k.Machine(host).Command(ctx, "dpkg-query", "--show", "--showformat=${Status} ${Version}", name)
	if err != nil {
		return err
	}
	got, err := c.Output()
	if err != nil {
		return fmt.Errorf("%s of %s: %w", name, host, err)
	}
	if want := "install ok installed " + to.Version; string(got) != want {
		return fmt.Errorf("%s of %s: %s, want %s", name, host, got, want)
	}
	return nil
}

// runsInstalled says whether a service's processes are of the program on the disk;
// one that has none is none of another release.
func runsInstalled(k *cluster.Cluster, host, service string) error {
	pids, err := k.Machine(host).Processes(service)
	if err != nil {
		return err
	}
	path, err := k.Machine(host).Path("/usr/bin/tournant")
	if err != nil {
		return err
	}
	installed, err := os.Stat(path)
	if err != nil {
		return err
	}
	for _, pid := range pids {
		running, err := os.Stat(fmt.Sprintf("/proc/%d/exe", pid))
		if err != nil {
			return err
		}
		if !os.SameFile(installed, running) {
			return fmt.Errorf("%s of %s runs the release before", service, host)
		}
	}
	return nil
}
