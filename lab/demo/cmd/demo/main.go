// Command demo shows people how a cluster of Tournant gets over a power cut.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tournant/lab/cluster"
	"tournant/lab/demo"
	"tournant/lab/failover"
	"tournant/lab/machine"
	"tournant/lab/nspawn"
	"tournant/lab/page"
)

func main() {
	machine.Init()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1) //nolint:gocritic // stop only undoes what ends here
	}
}

// options are the flags.
type options struct {
	hosts, packages, cache, program, dir, prefix, pictures, profile string
	nodes                                                           int
	pace, steady                                                    time.Duration
	seed                                                            uint64
	keep                                                            bool
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show how a cluster gets over a power cut",
		Long: `Bring a cluster of two backends and two frontends up on this machine, let a fleet
of nodes loose on it, cut the primary's power, switch it on again, hand over as an
operator does, and look for every write that was acknowledged. It needs root.

The hosts are whole Debian machines that the packages are installed on, where there
are packages and systemd-nspawn; else namespaces of this machine, with its PostgreSQL
and keepalived.`,
		SilenceUsage: true, SilenceErrors: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.run(c) },
	}
	f := c.Flags()
	f.StringVar(&o.hosts, "hosts", "", "machines or namespaces (default machines, if they can be had)")
	f.StringVar(&o.packages, "packages", "dist", "directory of the packages, for machines")
	f.StringVar(&o.cache, "cache", nspawn.Cache, "directory of the Debian that machines are made of")
	f.StringVar(&o.program, "program", "bin/tournant", "the tournant that is run, for namespaces")
	f.StringVar(&o.dir, "dir", "/tmp/tournant-demo", "directory for the cluster")
	f.StringVar(&o.prefix, "prefix", "demo", "how the names of its network namespaces and machines begin; letters and digits")
	f.StringVar(&o.pictures, "pictures", "dist/demo", "directory for the pictures of what happened")
	f.StringVar(&o.profile, "profile", "aws", "aws or instant: how long EC2 takes")
	f.IntVar(&o.nodes, "nodes", 40, "nodes of the fleet")
	f.DurationVar(&o.pace, "pace", 700*time.Millisecond, "time between the requests of a node")
	f.DurationVar(&o.steady, "steady", 10*time.Second, "how long to look at what goes well")
	f.Uint64Var(&o.seed, "seed", 0, "what is random follows it (default the time)")
	f.BoolVar(&o.keep, "keep", false, "leave the cluster up until this is interrupted")
	return c
}

// check names the flag that cannot be.
func (o *options) check() error {
	switch {
	case os.Geteuid() != 0:
		return errors.New("the demonstration needs root: it makes machines and networks")
	case o.nodes < 1:
		return errors.New("--nodes is less than 1")
	case o.steady < time.Second:
		return errors.New("--steady is less than 1s")
	}
	return nil
}

func (o *options) run(c *cobra.Command) error {
	if err := o.check(); err != nil {
		return err
	}
	if o.seed == 0 {
		o.seed = uint64(time.Now().UnixNano())
	}
	log, err := os.Create(o.log())
	if err != nil {
		return err
	}
	defer log.Close()
	profile, err := failover.FindProfile(o.profile)
	if err != nil {
		return err
	}
	stage, err := o.stage(profile, c.OutOrStdout(), log)
	if err != nil {
		return err
	}
	d := demo.Options{
		Stage: stage, Of: "tournant " + version(), Times: profile.String(), Out: c.OutOrStdout(), Pictures: o.pictures, Nodes: o.nodes, Pace: o.pace, Steady: o.steady, Within: 2 * time.Minute, Seed: o.seed,
	}
	if o.keep {
		d.Keep = untilInterrupted
	}
	report, err := demo.Run(c.Context(), d)
	if err != nil {
		return fmt.Errorf("%w\nseed %d; what was typed is in %s, the hosts' logs are in %s", err, o.seed, o.log(), o.dir)
	}
	return errors.Join(report.Print(c.OutOrStdout()), os.RemoveAll(o.dir), os.Remove(o.dir+".lock"), os.Remove(o.log()))
}

// log is beside the directory, which a cluster begins with emptying.
func (o *options) log() string { return o.dir + ".log" }

// stage is the one that was asked for, or the better one of those there can be.
func (o *options) stage(profile failover.Profile, out, log io.Writer) (demo.Stage, error) {
	made := cluster.Config{Dir: o.dir, Prefix: o.prefix, Frontends: 2, Seed: o.seed, Log: slog.New(slog.NewTextHandler(log, nil))}
	profile.Apply(&made)
	packages, missing := page.Find(o.packages)
	for _, program := range []string{"systemd-nspawn", "debootstrap"} {
		_, err := exec.LookPath(program)
		missing = errors.Join(missing, err)
	}
	switch o.hosts {
	case "":
		if missing == nil {
			return demo.Machines(made, o.cache, packages, log), nil
		}
		fmt.Fprintf(out, "The hosts are namespaces of this machine. For whole machines something is missing:\n%v\n\n", missing)
	case "machines":
		return demo.Machines(made, o.cache, packages, log), missing
	case "namespaces":
	default:
		return demo.Stage{}, fmt.Errorf("--hosts is %q, not machines or namespaces", o.hosts)
	}
	program, err := filepath.Abs(o.program)
	return demo.Namespaces(made, program), err
}

// version is the commit that this was built of, and so the program, as make does.
func version() string {
	of := "of an unknown commit"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				of = s.Value[:min(len(s.Value), 10)]
			}
		}
	}
	return of
}

// untilInterrupted leaves the cluster up.
func untilInterrupted(ctx context.Context, tell func(string)) error {
	tell("the cluster stays up until you press Ctrl-C")
	<-ctx.Done()
	return nil
}
