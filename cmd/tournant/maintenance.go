package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"tournant/internal/store"
)

// trimEvery is how often what has grown old is removed.
const trimEvery = 10 * time.Minute

// maintenance is what a server does beside serving.
type maintenance struct {
	stop context.CancelFunc
	done sync.WaitGroup
}

func startMaintenance(st *store.Store, log *slog.Logger) *maintenance {
	ctx, stop := context.WithCancel(context.Background())
	m := &maintenance{stop: stop}
	m.done.Go(func() {
		tick := time.NewTicker(trimEvery)
		defer tick.Stop()
		for {
			if err := st.TrimChanges(ctx); err != nil && ctx.Err() == nil {
				log.Error("the change log could not be trimmed; it is tried again", "error", err)
			}
			if err := st.ForgetWrites(ctx); err != nil && ctx.Err() == nil {
				log.Error("the ids of writes could not be removed; it is tried again", "error", err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return m
}

// Close ends the work under way and waits for it.
func (m *maintenance) Close() {
	m.stop()
	m.done.Wait()
}
