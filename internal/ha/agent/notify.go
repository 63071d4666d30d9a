package agent

import (
	"context"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// notifier tells systemd that the loop turns, and what the node is. It has a
// goroutine of its own: the loop waits for nobody, and not for systemd either.
type notifier struct {
	pulse  chan struct{}
	status chan string
}

func newNotifier() *notifier {
	return &notifier{pulse: make(chan struct{}, 1), status: make(chan string, 1)}
}

// turned is called by the loop alone, after each turn.
func (n *notifier) turned(status string) {
	select {
	case n.pulse <- struct{}{}:
	default:
	}
	select {
	case <-n.status: // it was not told yet, and is old
	default:
	}
	select {
	case n.status <- status:
	default:
	}
}

// run tells until ctx ends. A loop that does not turn sends no pulse, and
// systemd ends the process.
func (n *notifier) run(ctx context.Context, log *slog.Logger) {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("systemd's watchdog is not understood", "error", err)
	}
	tell := func(state string) {
		if _, err := daemon.SdNotify(false, state); err != nil {
			log.Debug("systemd does not listen", "error", err)
		}
	}
	var pinged time.Time
	var said string
	ready := false
	for {
		select {
		case <-ctx.Done():
			tell(daemon.SdNotifyStopping)
			return
		case <-n.pulse:
			if !ready {
				ready = true
				tell(daemon.SdNotifyReady)
			}
			if every > 0 && time.Since(pinged) >= every/5 {
				pinged = time.Now()
				tell(daemon.SdNotifyWatchdog)
			}
		case status := <-n.status:
			if status != said {
				said = status
				tell("STATUS=" + status)
			}
		}
	}
}
