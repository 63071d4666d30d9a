package bench

import (
	"cmp"
	"context"
	"sync"
	"time"
)

// job is what the connections of one line of the report do.
type job struct {
	load, name string   // name is "" for a load of one line
	order      []string // of the kinds of requests in the report

	// worker returns what one connection does over and over: step, until it
	// returns false or the time is over; then end.
	worker func(id, of int, rec *recorder) (step func(context.Context) bool, end func())

	// before, unless nil, is called each time before the job is done.
	before func(context.Context) error

	// endless jobs are measured for a time; the others end when no worker has
	// anything left to do.
	endless bool

	// warm jobs are done for a while before they are measured.
	warm bool
}

func (j *job) title() string {
	if j.name == "" {
		return j.load
	}
	return j.load + " " + j.name
}

// pace says how long endless jobs are measured, and how many requests a second
// they are offered; 0 is as many as are answered.
type pace struct {
	warmup, duration time.Duration
	rate             float64
}

// drive does the job over that many connections and returns the line for it.
func drive(ctx context.Context, j *job, connections int, p pace, m *meter, w *watch) (*Result, error) {
	issue, stop := context.WithCancel(ctx)
	defer stop()
	recorders := make([]*recorder, connections)
	var workers sync.WaitGroup
	launch := func() {
		var due *schedule
		if j.endless {
			due = newSchedule(p.rate)
		}
		for id := range connections {
			recorders[id] = &recorder{watch: w, due: due}
			workers.Go(func() { work(ctx, issue, j, id, connections, recorders[id]) })
		}
	}
	if j.warm {
		launch()
		pause(ctx, p.warmup)
	}
	if err := m.start(); err != nil {
		stop()
		workers.Wait()
		return nil, err
	}
	began := time.Now()
	w.open.Store(true)
	if !j.warm {
		launch()
	}
	if j.endless {
		pause(ctx, p.duration)
		stop()
	}
	workers.Wait()
	took := time.Since(began)
	taken, err := m.end()
	if err := cmp.Or(ctx.Err(), err); err != nil {
		return nil, err
	}
	parts, runs := collect(recorders, j.order...)
	return newResult(j, connections, p.rate, took, parts, runs, taken), nil
}

// work lets one worker take steps, at least one, until issue ends; what it has
// begun then may still finish.
func work(ctx, issue context.Context, j *job, id, of int, rec *recorder) {
	step, end := j.worker(id, of, rec)
	defer end()
	for {
		rec.late = rec.due.wait(issue)
		if !step(ctx) || issue.Err() != nil {
			return
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
