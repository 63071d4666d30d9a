package volume

import (
	"errors"
	"sync"
	"syscall"
)

// A port is one attachment's way to the image. A port that was cut stays so: the
// next attachment of the same host is another one.
type port struct {
	volume *Volume
	host   string
	number int

	// cut is closed, and failing set, under the volume's lock.
	cut     chan struct{}
	failing bool

	stallMu sync.Mutex
	// moving is closed while I/O is not held up.
	moving chan struct{}
	// waiting is how much is.
	waiting int
}

func newPort(v *Volume, host string, number int) *port {
	p := &port{volume: v, host: host, number: number, cut: make(chan struct{}), moving: make(chan struct{})}
	close(p.moving)
	return p
}

// stall holds up I/O, or lets it go on.
func (p *port) stall(on bool) {
	p.stallMu.Lock()
	defer p.stallMu.Unlock()
	if p.held() == on {
		return
	}
	if on {
		p.moving = make(chan struct{})
	} else {
		close(p.moving)
	}
}

func (p *port) held() bool {
	select {
	case <-p.moving:
		return false
	default:
		return true
	}
}

// wait returns when I/O is not held up, or never will go on.
func (p *port) wait() {
	p.stallMu.Lock()
	if !p.held() {
		p.stallMu.Unlock()
		return
	}
	moving := p.moving
	p.waiting++
	p.stallMu.Unlock()
	select {
	case <-moving:
	case <-p.cut:
	}
	p.stallMu.Lock()
	p.waiting--
	p.stallMu.Unlock()
}

// refuses is for a caller that holds the volume's lock.
func (p *port) refuses() bool {
	select {
	case <-p.cut:
		return true
	default:
		return p.failing
	}
}

func (p *port) read(b []byte, offset int64) (int, syscall.Errno) {
	p.wait()
	v := p.volume
	v.mu.RLock()
	defer v.mu.RUnlock()
	if p.refuses() {
		return 0, syscall.EIO
	}
	n, err := v.image.ReadAt(b[:min(int64(len(b)), max(0, v.size-offset))], offset)
	if err != nil {
		return 0, errno(err)
	}
	return n, 0
}

// write applies b and its line in the log as one, or logs that it was refused.
func (p *port) write(b []byte, offset int64) syscall.Errno {
	p.wait()
	v := p.volume
	v.mu.Lock()
	defer v.mu.Unlock()
	if p.refuses() || offset+int64(len(b)) > v.size {
		return errno(errors.Join(v.log.write(v.entry(p, offset, len(b), false)), syscall.EIO))
	}
	if _, err := v.image.WriteAt(b, offset); err != nil {
		return errno(err)
	}
	if err := v.wrote(offset, len(b)); err != nil {
		return errno(err)
	}
	// A write that cannot be logged was applied all the same; the guest hears of
	// an error and the checker finds the line missing or torn.
	return errno(v.log.write(v.entry(p, offset, len(b), true)))
}

// sync has nothing to do: what was written is as durable as it gets, because
// the machine that crashes is never the one with the image. But it fails where
// writing would.
func (p *port) sync() syscall.Errno {
	p.wait()
	p.volume.mu.RLock()
	defer p.volume.mu.RUnlock()
	if p.refuses() {
		return syscall.EIO
	}
	return 0
}

func (v *Volume) entry(p *port, offset int64, length int, ok bool) Entry {
	return Entry{Instance: p.host, Attachment: p.number, Epoch: v.epoch.number, Offset: offset, Len: length, OK: ok}
}

// errno is what the guest gets to see.
func errno(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	return syscall.EIO
}
