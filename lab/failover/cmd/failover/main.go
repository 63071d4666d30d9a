// Command failover runs the fault table on this machine and keeps a record of
// what came of it.
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
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tournant/lab/cluster"
	"tournant/lab/failover"
	"tournant/lab/machine"
)

func main() {
	machine.Init()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "failover:", err)
		os.Exit(1) //nolint:gocritic // stop only undoes what ends here
	}
}

// options are the flags.
type options struct {
	program, commit, dir, prefix, results, profile, timelines, images string
	rows                                                              []string
	runs                                                              int
	report                                                            bool
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "failover",
		Short: "Run the fault table and keep a record",
		Long: `Run the fault table under load, each row so many times, on clusters of
network namespaces on this machine. It needs root. Runs that the record has of
this commit are not repeated, so it can be interrupted.`,
		SilenceUsage: true, SilenceErrors: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if o.report {
				return errors.Join(report(c.OutOrStdout(), o.results), failover.Draw(o.timelines, o.images))
			}
			return o.run(c.Context())
		},
	}
	var names []string
	for _, r := range failover.Rows() {
		names = append(names, r.Name)
	}
	f := c.Flags()
	f.StringVar(&o.program, "program", "bin/tournant", "the tournant that the hosts run")
	f.StringVar(&o.commit, "commit", "", "the commit that the program is of (default this work tree's)")
	f.StringVar(&o.dir, "dir", "/tmp/tournant-lab", "directory for the cluster")
	f.StringVar(&o.prefix, "prefix", "lab", "how the names of its network namespaces begin; letters and digits")
	f.StringVar(&o.results, "results", "lab/results.jsonl", "the record")
	f.StringVar(&o.profile, "profile", "aws", "aws or instant: how long EC2 and keepalived take")
	f.StringSliceVar(&o.rows, "rows", names, "rows of the table")
	f.IntVar(&o.runs, "runs", 5, "how often each row is run")
	f.StringVar(&o.timelines, "timelines", "", "directory for what happened in the last run of each row, and with --report to draw it from")
	f.StringVar(&o.images, "images", "docs/images", "directory that --report draws timelines into")
	f.BoolVar(&o.report, "report", false, "draw the record as a table and the timelines as pictures, and end")
	return c
}

func report(w io.Writer, results string) error {
	record, err := failover.ReadRecord(results)
	if err != nil {
		return err
	}
	return failover.Report(w, record)
}

// aRun is more than one run takes unless something hangs.
const aRun = 5 * time.Minute

func (o options) run(ctx context.Context) error {
	if o.commit == "" {
		commit, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=10").Output()
		if err != nil {
			return fmt.Errorf("which commit this is: %w", err)
		}
		o.commit = strings.TrimSpace(string(commit))
	}
	profile, err := failover.FindProfile(o.profile)
	if err != nil {
		return err
	}
	program, err := filepath.Abs(o.program)
	if err != nil {
		return err
	}
	t := failover.Options{
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Within: 2 * time.Minute, Pace: 100 * time.Millisecond,
		Cluster: cluster.Config{Dir: o.dir, Prefix: o.prefix, Hosts: &cluster.Plain{Program: program}, Frontends: 1},
	}
	founding, err := failover.Found(ctx, t, o.dir+"-founding")
	if err != nil {
		return err
	}
	t.Cluster.Volume, t.Superuser = founding.Volume, founding.Superuser
	profile.Apply(&t.Cluster)
	for n := range o.runs { // a round of all rows at a time, so that what is loud is loud for all
		for _, name := range o.rows {
			if err := o.one(ctx, t, name, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// one runs a row for the n-th time, unless the record has it.
func (o options) one(ctx context.Context, t failover.Options, name string, n int) error {
	row, err := failover.Find(name)
	if err != nil {
		return err
	}
	record, err := failover.ReadRecord(o.results)
	if err != nil || failover.Done(record, o.commit, o.profile, name) > n {
		return err
	}
	t.Cluster.Seed = uint64(time.Now().UnixNano())
	limited, cancel := context.WithTimeout(ctx, aRun)
	defer cancel()
	r, err := failover.Run(limited, t, row)
	if ctx.Err() != nil {
		return errors.Join(ctx.Err(), err)
	}
	if r == nil {
		r = &failover.Result{Row: name, Seed: t.Cluster.Seed, At: time.Now()}
	}
	if err != nil {
		r.Wrong = append(r.Wrong, err.Error())
	}
	r.Commit, r.Profile = o.commit, o.profile
	fmt.Fprintln(os.Stderr, r)
	return errors.Join(failover.Append(o.results, r), failover.Keep(o.timelines, r))
}
