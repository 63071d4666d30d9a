package storage

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// processes are descriptors of processes that have not ended. Unlike numbers,
// they never come to mean another process.
type processes []unix.PollFd

// signal sends a signal to all.
func (p processes) signal(s unix.Signal) error {
	for _, one := range p {
		if err := unix.PidfdSendSignal(int(one.Fd), s, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("send signal %v: %w", s, err)
		}
	}
	return nil
}

// wait returns those that have not ended when ctx does.
func (p processes) wait(ctx context.Context) processes {
	// poll(2) does not hear of ctx.
	const slice = 50 * time.Millisecond
	for len(p) > 0 && ctx.Err() == nil {
		if _, err := unix.Poll(p, int(slice.Milliseconds())); err != nil {
			continue // interrupted
		}
		for i := len(p) - 1; i >= 0; i-- {
			if p[i].Revents != 0 {
				p = p.without(i)
			}
		}
	}
	return p
}

func (p processes) without(i int) processes {
	_ = unix.Close(int(p[i].Fd)) // refers to a process
	return append(p[:i], p[i+1:]...)
}

func (p processes) close() {
	for len(p) > 0 {
		p = p.without(0)
	}
}
