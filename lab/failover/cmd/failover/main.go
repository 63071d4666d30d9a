// Command failover runs the fault table on this machine and keeps a record of
// what came of it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

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
	program, packages, before, hosts, commit, dir, prefix, results, profile, timelines, images string
	rows                                                                                       []string
	runs                                                                                       int
	report, strict                                                                             bool
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
			if len(o.rows) == 1 && o.rows[0] == "named" {
				o.rows = failover.Named
			}
			if o.before != "" && !c.Flags().Changed("rows") {
				o.rows = []string{failover.Upgrade}
			}
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
	f.StringVar(&o.hosts, "hosts", string(failover.Namespaces), "namespaces, with the program, or machines, with the packages and at 150 requests/s")
	f.StringVar(&o.packages, "packages", "dist", "directory of the packages that machines are installed from")
	f.StringVar(&o.before, "before", "", "directory of the packages of an earlier build: the rows are then upgrade, from those, and downgrade, to those")
	f.BoolVar(&o.strict, "strict", false, "fail when anything was as it must not be")
	f.StringVar(&o.program, "program", "bin/tournant", "the tournant that the hosts run")
	f.StringVar(&o.commit, "commit", "", "the commit that the program is of (default this work tree's)")
	f.StringVar(&o.dir, "dir", "/tmp/tournant-lab", "directory for the cluster")
	f.StringVar(&o.prefix, "prefix", "lab", "how the names of its network namespaces begin; letters and digits")
	f.StringVar(&o.results, "results", "lab/results.jsonl", "the record")
	f.StringVar(&o.profile, "profile", "aws", "aws or instant: how long EC2 and keepalived take")
	f.StringSliceVar(&o.rows, "rows", names, "rows of the table, or \"named\" for the few that a change is tried with")
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

func (o options) ground() failover.Ground {
	return failover.Ground{Hosts: failover.Kind(o.hosts), Program: o.program, Packages: o.packages, Profile: o.profile, Dir: o.dir, Prefix: o.prefix}
}

// aRun is more than one run takes unless something hangs.
const aRun = 12 * time.Minute

func (o options) run(ctx context.Context) error {
	if o.commit == "" {
		var err error
		if o.commit, err = failover.Commit(ctx); err != nil {
			return err
		}
	}
	if o.before != "" {
		return o.runUpgrades(ctx)
	}
	var rows []failover.Row
	for _, name := range o.rows {
		row, err := failover.Find(name)
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	return o.runRows(ctx, rows)
}

// runRows makes a founding and runs rows with it.
func (o options) runRows(ctx context.Context, rows []failover.Row) error {
	t, err := o.ground().Found(ctx)
	if err != nil {
		return err
	}
	wrong := 0
	for n := range o.runs { // a round of all rows at a time, so that what is loud is loud for all
		for _, row := range rows {
			r, err := o.one(ctx, t, row, n)
			if err != nil {
				return err
			}
			if r != nil && len(r.Wrong) > 0 {
				wrong++
			}
		}
	}
	if o.strict && wrong > 0 {
		return fmt.Errorf("in %d runs something was as it must not be", wrong)
	}
	return nil
}

// one runs a row for the n-th time, unless the record has it: then there is no
// result.
func (o options) one(ctx context.Context, t failover.Options, row failover.Row, n int) (*failover.Result, error) {
	record, err := failover.ReadRecord(o.results)
	if err != nil || failover.Done(record, o.commit, o.profile, failover.Kind(o.hosts), row) > n {
		return nil, err
	}
	t.Cluster.Seed = uint64(time.Now().UnixNano())
	t.Cluster.Frontends, t.Cluster.Copy = max(t.Cluster.Frontends, row.Frontends), row.Copy
	limited, cancel := context.WithTimeout(ctx, aRun)
	defer cancel()
	r, err := failover.Run(limited, t, row)
	if ctx.Err() != nil {
		return nil, errors.Join(ctx.Err(), err)
	}
	if r == nil {
		r = &failover.Result{Row: row.Name, Seed: t.Cluster.Seed, At: time.Now()}
	}
	if err != nil {
		r.Wrong = append(r.Wrong, err.Error())
	}
	r.Commit, r.Profile, r.Lab = o.commit, o.profile, failover.Kind(o.hosts)
	fmt.Fprintln(os.Stderr, r)
	return r, errors.Join(failover.Append(o.results, r), failover.Keep(o.timelines, r))
}
