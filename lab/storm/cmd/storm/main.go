// Command storm hurts one cluster at random for as long as it is told to, from a seed, and
// tells whether it held.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"tournant/lab/failover"
	"tournant/lab/machine"
	"tournant/lab/storm"
	"tournant/lab/timeline"
)

func main() {
	machine.Init()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "storm:", err)
		os.Exit(1) //nolint:gocritic // stop only undoes what ends here
	}
}

// options are the flags.
type options struct {
	failover.Ground
	hosts, commit, record, report, picture string
	seed                                   uint64
	minutes                                float64
	schedule, draw, verbose                bool
}

func command() *cobra.Command {
	var o options
	c := &cobra.Command{
		Use:   "storm",
		Short: "Hurt one cluster at random, under load, and judge what came of it",
		Long: `Hurt one cluster at random, under load, and judge what came of it: which fault,
whom, for how long, when the next, sometimes two at once, all from the seed. It needs
root. Ctrl-C ends it early; what was until then is judged. It fails, and names seed and
moment, if anything was as it must not be.`,
		Example: `  make storm                                    half an hour on Debian machines
  make storm SEED=7 MINUTES=5 HOSTS=namespaces  five minutes on namespaces
  bin/storm --seed 7 --minutes 5 --schedule     what seed 7 would do
  bin/storm --draw --report lab/STORM.md        the report anew, from the record`,
		SilenceUsage: true, SilenceErrors: true, Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			o.Hosts = failover.Kind(o.hosts)
			switch {
			case o.minutes <= 0:
				return errors.New("--minutes must be more than 0")
			case o.schedule:
				return storm.Tell(c.OutOrStdout(), o.seed, o.length())
			case o.draw && o.report == "":
				return errors.New("--draw needs a --report to write")
			case o.draw:
				return o.write()
			}
			return o.run(c.Context(), c.OutOrStdout())
		},
	}
	f := c.Flags()
	f.Uint64Var(&o.seed, "seed", 1, "what the schedule is made from: the same seed is the same storm")
	f.Float64Var(&o.minutes, "minutes", 30, "how long gusts begin; what has begun is ended")
	f.StringVar(&o.hosts, "hosts", string(failover.Machines), "machines, with the packages, or namespaces, with the program")
	f.StringVar(&o.Packages, "packages", "dist", "directory of the packages that machines are installed from")
	f.StringVar(&o.Program, "program", "bin/tournant", "the tournant that namespaces run")
	f.StringVar(&o.Profile, "profile", "aws", "aws or, for namespaces, instant: how long EC2 and keepalived take")
	f.StringVar(&o.Dir, "dir", "/tmp/tournant-storm", "directory for the cluster; its logs stay there")
	f.StringVar(&o.Prefix, "prefix", "storm", "how the names of its network namespaces begin; letters and digits")
	f.StringVar(&o.commit, "commit", "", "the commit that is hurt (default this work tree's)")
	f.StringVar(&o.record, "record", "lab/storms.jsonl", "the record, a line a storm; \"\" is none")
	f.StringVar(&o.report, "report", "", "file for the report on the record's last storm, such as lab/STORM.md")
	f.StringVar(&o.picture, "picture", "", "file for the picture of this storm, such as docs/images/storm.svg")
	f.BoolVar(&o.schedule, "schedule", false, "tell what the seed would do, and end")
	f.BoolVar(&o.draw, "draw", false, "write the report from the record, and end")
	f.BoolVar(&o.verbose, "verbose", false, "also tell what the cluster's parts say")
	return c
}

func (o options) length() time.Duration { return time.Duration(o.minutes * float64(time.Minute)) }

func (o options) run(ctx context.Context, out io.Writer) error {
	if o.commit == "" {
		var err error
		if o.commit, err = failover.Commit(ctx); err != nil {
			return err
		}
	}
	t, err := o.Found(ctx)
	if err != nil {
		return err
	}
	// 50 writes and 100 reads a second through both frontends, whatever the hosts are.
	t.Clients, t.Direct, t.Pace, t.Cluster.Frontends = 48, 0, 320*time.Millisecond, 2
	if !o.verbose {
		t.Log = slog.New(slog.DiscardHandler)
	}
	r, err := storm.Run(ctx, storm.Options{Options: t, Seed: o.seed, Length: o.length(), Out: out})
	if r != nil {
		r.Commit, r.Profile, r.Lab = o.commit, o.Profile, o.Hosts
		err = errors.Join(err, storm.Append(o.record, r), o.keepPicture(r), o.write())
	}
	if err != nil {
		return err
	}
	return verdict(out, r)
}

// verdict says what was wrong, with seed and moment.
func verdict(out io.Writer, r *storm.Record) error {
	fmt.Fprintln(out, r.Summary())
	all := r.All()
	for _, w := range all {
		fmt.Fprintln(out, "WRONG:", w)
	}
	if len(all) > 0 {
		return fmt.Errorf("seed %d: %d things were as they must not be, the first at %s", r.Seed, len(all), all[0])
	}
	return nil
}

// write writes the report.
func (o options) write() error {
	if o.report == "" {
		return nil
	}
	all, err := storm.ReadRecords(o.record)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	picture := o.picture
	if picture != "" {
		// As it is seen from the report.
		if picture, err = filepath.Rel(filepath.Dir(o.report), picture); err != nil {
			return err
		}
	}
	if err := storm.Report(&b, all, picture); err != nil {
		return err
	}
	return os.WriteFile(o.report, b.Bytes(), 0o644)
}

func (o options) keepPicture(r *storm.Record) error {
	if o.picture == "" || r.Picture == nil {
		return nil
	}
	var b bytes.Buffer
	if err := errors.Join(timeline.SVG(&b, r.Picture), os.MkdirAll(filepath.Dir(o.picture), 0o755)); err != nil {
		return err
	}
	return os.WriteFile(o.picture, b.Bytes(), 0o644)
}
