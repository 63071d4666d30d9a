package keepalived

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"

	"golang.org/x/sys/unix"
)

// Listener reads the FIFO.
//
// A FIFO that keepalived finds it leaves alone; one that it had to make it
// removes when it stops. So the FIFO may be replaced at any time, and the
// directory is watched for that.
type Listener struct {
	path string
	fifo int
	dir  int // inotify
	wake int // eventfd: the end
	in   lines
	shut sync.Once
}

// Listen opens the FIFO, making it if need be. What keepalived wrote to one that
// it still has open is not lost.
func Listen(path string) (*Listener, error) {
	l := &Listener{path: path, fifo: -1, dir: -1, wake: -1}
	err := l.open()
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("keepalived: listen at %s: %w", path, err)
	}
	return l, nil
}

func (l *Listener) open() (err error) {
	if l.wake, err = unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK); err != nil {
		return err
	}
	if l.dir, err = unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK); err != nil {
		return err
	}
	// Watched before it is opened: no change goes unseen.
	if _, err = unix.InotifyAddWatch(l.dir, filepath.Dir(l.path), unix.IN_DELETE|unix.IN_MOVE|unix.IN_CREATE|unix.IN_ONLYDIR); err != nil {
		return err
	}
	l.fifo, err = openFIFO(l.path)
	return err
}

// openFIFO opens for writing, too, so that the end of a keepalived is not the
// end of the file.
func openFIFO(path string) (int, error) {
	if err := unix.Mkfifo(path, 0o600); err != nil && !errors.Is(err, unix.EEXIST) {
		return -1, err
	}
	fd, err := unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, err
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		_ = unix.Close(fd)
		return -1, err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFIFO || int(stat.Uid) != os.Geteuid() {
		_ = unix.Close(fd)
		return -1, errors.New("there is something else than a FIFO of this user: remove it")
	}
	return fd, nil
}

// Run hands each event to event, and what is none to complain, until ctx ends;
// then it returns nil. A Listener runs once.
func (l *Listener) Run(ctx context.Context, event func(Event), complain func(error)) error {
	defer l.Close()
	stopped := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(stopped)
		_, _ = unix.Write(l.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0})
	})
	defer func() {
		if !stop() {
			<-stopped // it must not write to a number that others may have by then
		}
	}()
	for {
		fds := []unix.PollFd{
			{Fd: int32(l.wake), Events: unix.POLLIN},
			{Fd: int32(l.dir), Events: unix.POLLIN},
			{Fd: int32(l.fifo), Events: unix.POLLIN},
		}
		if _, err := unix.Poll(fds, -1); err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("keepalived: wait for events: %w", err)
		}
		if ctx.Err() != nil {
			return nil
		}
		l.drain(l.fifo, func(piece []byte) { l.in.feed(piece, event, complain) })
		if fds[1].Revents == 0 {
			continue
		}
		l.drain(l.dir, func([]byte) {}) // what changed is looked up
		if err := l.follow(event, complain); err != nil {
			return fmt.Errorf("keepalived: open the FIFO again: %w", err)
		}
	}
}

// drain reads all that is there.
func (l *Listener) drain(fd int, take func([]byte)) {
	buffer := make([]byte, 4096)
	for {
		n, err := unix.Read(fd, buffer)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if n <= 0 || err != nil {
			return
		}
		take(buffer[:n])
	}
}

// follow goes over to a FIFO that took the place of the one that is open.
func (l *Listener) follow(event func(Event), complain func(error)) error {
	var ours, there unix.Stat_t
	if err := unix.Fstat(l.fifo, &ours); err != nil {
		return err
	}
	err := unix.Lstat(l.path, &there)
	if err == nil && ours.Ino == there.Ino && ours.Dev == there.Dev {
		return nil
	}
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return err
	}
	fd, err := openFIFO(l.path)
	if errors.Is(err, unix.ENOENT) {
		return nil // gone again, and inotify tells so
	}
	if err != nil {
		return err
	}
	// Its last words came before it was removed.
	l.drain(l.fifo, func(piece []byte) { l.in.feed(piece, event, complain) })
	_ = unix.Close(l.fifo)
	l.fifo, l.in = fd, lines{}
	return nil
}

// Close is for a Listener that does not run: one that did has closed itself.
// Doing it again does nothing.
func (l *Listener) Close() {
	l.shut.Do(func() {
		for _, fd := range []int{l.fifo, l.dir, l.wake} {
			if fd >= 0 {
				_ = unix.Close(fd)
			}
		}
	})
}
