package pgtest

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"sync"
)

// Proxy stands between a server and its PostgreSQL and does to their
// connections what networks do.
type Proxy struct {
	l    net.Listener
	work sync.WaitGroup

	mu     sync.Mutex
	target *Cluster // nil: nobody there
	open   map[net.Conn]bool
	silent bool
	cut    func() int // see CutCommits
}

// NewProxy listens in front of a cluster.
func NewProxy(c *Cluster) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{l: l, target: c, open: map[net.Conn]bool{}}
	p.work.Go(p.serve)
	return p, nil
}

// URL names a database behind the proxy.
func (p *Proxy) URL(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Host: p.l.Addr().String(), Path: "/" + database}
	u.RawQuery = url.Values{"sslmode": {"disable"}}.Encode()
	return u.String()
}

// Close ends the proxy and its connections.
func (p *Proxy) Close() {
	_ = p.l.Close()
	p.Move(nil)
	p.work.Wait()
}

// Move ends all connections and leads new ones to another cluster, or nowhere.
func (p *Proxy) Move(to *Cluster) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target, p.silent = to, false
	for conn := range p.open {
		_ = conn.Close()
	}
}

// Silence keeps all connections and loses what goes over them, until Move.
func (p *Proxy) Silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = true
}

// Whole and Unsent are what CutCommits may be told instead of a number of bytes.
const (
	Whole  = -1 // nothing happens to the COMMIT
	Unsent = -2 // it does not arrive
)

// CommitAnswer is the length of the answer to a COMMIT, in bytes.
const CommitAnswer = 18

// CutCommits asks cut at each COMMIT when to end its connection: after so many
// bytes of the answer. cut may be called at once by several connections.
func (p *Proxy) CutCommits(cut func() int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = cut
}

func (p *Proxy) serve() {
	for {
		client, err := p.l.Accept()
		if err != nil {
			return
		}
		p.work.Go(func() { p.forward(client) })
	}
}

func (p *Proxy) forward(client net.Conn) {
	defer client.Close()
	server, err := p.dial(client)
	if err != nil {
		return
	}
	defer p.forget(client, server)
	answer := &limited{Conn: client, left: Whole}
	p.work.Go(func() {
		_, _ = io.Copy(gate{answer, p}, server)
		_ = client.Close()
	})
	_, _ = io.Copy(&commits{Conn: server, proxy: p, answer: answer}, client)
}

func (p *Proxy) dial(client net.Conn) (net.Conn, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.target == nil {
		return nil, net.ErrClosed
	}
	server, err := net.Dial("unix", filepath.Join(p.target.dir, ".s.PGSQL."+p.target.port))
	if err != nil {
		return nil, err
	}
	p.open[client], p.open[server] = true, true
	return server, nil
}

func (p *Proxy) forget(client, server net.Conn) {
	_ = server.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, client)
	delete(p.open, server)
}

func (p *Proxy) isSilent() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.silent
}

// gate loses what is written to it while the proxy is silent.
type gate struct {
	io.Writer
	proxy *Proxy
}

func (g gate) Write(b []byte) (int, error) {
	if g.proxy.isSilent() {
		return len(b), nil
	}
	return g.Writer.Write(b)
}

// commits looks for COMMIT in what a client sends.
type commits struct {
	net.Conn
	proxy  *Proxy
	answer *limited
}

// commitMessage is how pgx says it.
var commitMessage = []byte("Q\x00\x00\x00\x0bcommit\x00")

func (c *commits) Write(b []byte) (int, error) {
	if c.proxy.isSilent() {
		return len(b), nil
	}
	if bytes.Equal(b, commitMessage) {
		c.proxy.mu.Lock()
		cut := c.proxy.cut
		c.proxy.mu.Unlock()
		if cut != nil {
			return c.commit(b, cut())
		}
	}
	return c.Conn.Write(b)
}

func (c *commits) commit(b []byte, cut int) (int, error) {
	if cut == Unsent {
		return 0, errors.Join(net.ErrClosed, c.answer.Close())
	}
	c.answer.limit(cut)
	return c.Conn.Write(b)
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
