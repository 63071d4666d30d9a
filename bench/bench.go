package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tournant/bench/fixture"
	"tournant/bench/wire"
)

// bench is one call of the command.
type bench struct {
	*config
	target   *target
	fixture  *fixture.Fixture
	admin    *admin
	progress *Progress
	server   *processes // nil: not measured
}

// output is where a run writes to.
type output struct{ stdout, stderr io.Writer }

func run(ctx context.Context, c *config, loads []string, out output) error {
	if err := c.check(); err != nil {
		return err
	}
	if c.rate > 0 && slices.Contains(loads, "fleet") {
		return errors.New("--rate: a fleet's pace is that of its runs, choose it with --connections")
	}
	b, err := newBench(c, out)
	if err != nil {
		return err
	}
	defer b.admin.close()
	if c.setup {
		s := setup{admin: b.admin, fixture: b.fixture, progress: b.progress, notes: out.stderr}
		if err := s.run(ctx); err != nil {
			return err
		}
	}
	report := &Report{
		Started: time.Now().UTC().Truncate(time.Second), URL: c.url, Org: c.org, Seed: c.seed, Nodes: c.nodes,
		TLSPerRequest: c.tlsPerRequest,
	}
	err = b.all(ctx, loads, report)
	// What was measured before an interruption is worth having, too.
	return errors.Join(err, report.write(c.jsonFile, out), report.fruitless())
}

func newBench(c *config, out output) (*bench, error) {
	t, err := c.target()
	if err != nil {
		return nil, err
	}
	f, err := fixture.New(c.seed, c.nodes)
	if err != nil {
		return nil, err
	}
	b := &bench{config: c, target: t, fixture: f, admin: newAdmin(t), progress: NewProgress(out.stderr)}
	if len(c.pids) > 0 {
		b.server = &processes{proc: os.DirFS("/proc"), roots: c.pids}
		if _, err := b.server.usage(); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// all runs the loads one after another.
func (b *bench) all(ctx context.Context, names []string, report *Report) error {
	for _, name := range names {
		for _, l := range loads() {
			if l.name != name {
				continue
			}
			if err := b.load(ctx, &l, report); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return nil
}

func (b *bench) load(ctx context.Context, l *load, report *Report) (err error) {
	plan, err := l.plan(ctx, b)
	if err != nil {
		return err
	}
	defer func() {
		if plan.end != nil {
			// Also after an interruption.
			err = errors.Join(err, plan.end(context.WithoutCancel(ctx)))
		}
	}()
	if err := b.sign(ctx, l.name, plan.calls); err != nil {
		return err
	}
	for _, connections := range b.connections {
		for _, j := range plan.jobs {
			if j.before != nil {
				if err := j.before(ctx); err != nil {
					return err
				}
			}
			result, err := b.measure(ctx, j, connections)
			if err != nil {
				return err
			}
			report.Results = append(report.Results, result)
		}
	}
	return nil
}

func (b *bench) measure(ctx context.Context, j *job, connections int) (*Result, error) {
	w, began := &watch{}, time.Now()
	defer b.progress.Show(func() string {
		took := time.Since(began).Truncate(time.Second)
		text := fmt.Sprintf("%s, connections %d: %v", j.title(), connections, took)
		if j.endless {
			text += fmt.Sprintf(" of %v", b.planned(j))
		}
		if runs := w.runs.Load(); runs > 0 {
			text += fmt.Sprintf(", %d runs", runs)
		}
		return text + fmt.Sprintf(", %d requests, %d errors", w.requests.Load(), w.errors.Load())
	})()
	return drive(ctx, j, connections, pace{b.warmup, b.duration, b.rate}, &meter{server: b.server}, w)
}

// planned returns how long an endless job takes.
func (b *bench) planned(j *job) time.Duration {
	if j.warm {
		return b.warmup + b.duration
	}
	return b.duration
}

// sign signs calls ahead of time on all processors.
func (b *bench) sign(ctx context.Context, load string, calls []*wire.Call) error {
	var done atomic.Int64
	defer b.progress.Show(func() string {
		return fmt.Sprintf("%s: signing %d of %d requests", load, done.Load(), len(calls))
	})()
	workers := runtime.GOMAXPROCS(0)
	group, ctx := errgroup.WithContext(ctx)
	for w := range workers {
		group.Go(func() error {
			client := b.target.client(false)
			for i := w; i < len(calls) && ctx.Err() == nil; i += workers {
				if err := client.Sign(calls[i]); err != nil {
					return err
				}
				done.Add(1)
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

// write writes the table, and the report to a file; "-" is the standard
// output, which the table then leaves.
func (r *Report) write(file string, out output) error {
	if len(r.Results) == 0 {
		return nil
	}
	table := out.stdout
	if file == "-" {
		table = out.stderr
	}
	if err := writeTable(table, r.Results); err != nil || file == "" {
		return err
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if file == "-" {
		_, err = out.stdout.Write(text)
		return err
	}
	return os.WriteFile(file, text, 0o644) // a report is for everyone
}

// fruitless is an error when a line had no request answered as expected.
func (r *Report) fruitless() error {
	for _, result := range r.Results {
		if result.Requests == 0 {
			return fmt.Errorf("%s: no request succeeded", result.title())
		}
	}
	return nil
}
