package bench

import (
	"context"
	"syscall"
	"time"
)

// sampleEvery is how often the memory of the server is looked at.
const sampleEvery = 250 * time.Millisecond

// meter measures what the server and this process take.
type meter struct {
	server *processes // nil: only this process

	began    usage
	own      time.Duration
	resident uint64
	stop     context.CancelFunc
	sampled  chan struct{}
}

// start begins to measure.
func (m *meter) start() error {
	m.own = ownCPU()
	if m.server == nil {
		return nil
	}
	var err error
	if m.began, err = m.server.usage(); err != nil {
		return err
	}
	m.resident = m.began.resident
	var ctx context.Context
	ctx, m.stop = context.WithCancel(context.Background())
	m.sampled = make(chan struct{})
	go m.sample(ctx)
	return nil
}

func (m *meter) sample(ctx context.Context) {
	defer close(m.sampled)
	ticker := time.NewTicker(sampleEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			// A server that is gone is reported at the end.
			if u, err := m.server.usage(); err == nil {
				m.resident = max(m.resident, u.resident)
			}
		}
	}
}

// metered is what was taken between start and end.
type metered struct {
	own    time.Duration // CPU of this process
	server *usage        // nil: not measured
}

// end returns what was taken since start. The CPU in it is the difference, the
// resident memory the highest seen.
func (m *meter) end() (metered, error) {
	taken := metered{own: ownCPU() - m.own}
	if m.server == nil {
		return taken, nil
	}
	m.stop()
	<-m.sampled
	now, err := m.server.usage()
	if err != nil {
		return taken, err
	}
	now.cpu -= m.began.cpu
	now.resident = max(now.resident, m.resident)
	taken.server = &now
	return taken, nil
}

// ownCPU returns the user and system time of this process.
func ownCPU() time.Duration {
	var r syscall.Rusage
	// It cannot fail for the calling process.
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
