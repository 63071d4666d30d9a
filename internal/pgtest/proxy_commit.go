package pgtest

import (
	"bytes"
	"errors"
	"net"
	"sync"
)

// Whole and Unsent are what CutCommits may be told instead of a number of bytes.
const (
	Whole  = -1 // nothing happens to the COMMIT
	Unsent = -2 // it does not arrive
)

// CommitAnswer is the length of the answer to a COMMIT, in bytes.
const CommitAnswer = 18

// CutCommits asks cut at each COMMIT when to end its connection: after so many
// bytes of the answer. cut may be called at once by several connections, and
// may call the proxy.
func (p *Proxy) CutCommits(cut func() int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = cut
}

// commits looks for COMMIT in what a client sends.
type commits struct {
	gate
	answer *limited
}

// commitMessage is how pgx says it.
var commitMessage = []byte("Q\x00\x00\x00\x0bcommit\x00")

func (c *commits) Write(b []byte) (int, error) {
	if bytes.Equal(b, commitMessage) && !c.shut() {
		c.proxy.mu.Lock()
		cut := c.proxy.cut
		c.proxy.mu.Unlock()
		if cut != nil {
			return c.commit(b, cut())
		}
	}
	return c.gate.Write(b)
}

func (c *commits) commit(b []byte, cut int) (int, error) {
	if cut == Unsent {
		return 0, errors.Join(net.ErrClosed, c.answer.Close())
	}
	c.answer.limit(cut)
	return c.gate.Write(b)
}

// limited ends a connection once so many bytes went through; Whole is no limit.
type limited struct {
	net.Conn
	mu   sync.Mutex
	left int
}

func (l *limited) limit(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = n
}

func (l *limited) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left < 0 || len(b) < l.left {
		if l.left >= 0 {
			l.left -= len(b)
		}
		return l.Conn.Write(b)
	}
	n, err := l.Conn.Write(b[:l.left])
	if err != nil {
		return n, err
	}
	return n, l.Close()
}
