package pgtest

import (
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
)

// Proxy stands between a server and its PostgreSQL and does to their
// connections what networks do.
type Proxy struct {
	l    net.Listener
	work sync.WaitGroup

	mu     sync.Mutex
	target *Cluster // nil: nobody there
	open   map[*link]bool
	silent bool
	cut    func() int // see CutCommits
}

// link is a connection through the proxy.
type link struct {
	client, server net.Conn
	lost           atomic.Bool // see Lose
}

// NewProxy listens in front of a cluster.
func NewProxy(c *Cluster) (*Proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{l: l, target: c, open: map[*link]bool{}}
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
	p.mu.Lock()
	p.target = nil
	for l := range p.open {
		l.close()
	}
	p.mu.Unlock()
	p.work.Wait()
}

// Move ends all connections that were not lost and leads new ones to another
// cluster, or nowhere.
func (p *Proxy) Move(to *Cluster) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target, p.silent = to, false
	for l := range p.open {
		if !l.lost.Load() {
			l.close()
		}
	}
}

// Silence keeps all connections and loses what goes over them, until Move.
func (p *Proxy) Silence() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = true
}

// Lose has nothing go over the present connections any more, not even that
// they end: each side believes in the other. New ones work.
func (p *Proxy) Lose() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.silent = false
	for l := range p.open {
		l.lost.Store(true)
	}
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
	l, err := p.dial(client)
	if err != nil {
		_ = client.Close()
		return
	}
	answer := &limited{Conn: client, left: Whole}
	p.work.Go(func() {
		_, _ = io.Copy(gate{answer, l, p}, l.server)
		l.end(client)
	})
	_, _ = io.Copy(&commits{gate: gate{l.server, l, p}, answer: answer}, client)
	if l.lost.Load() {
		return // Close ends it
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	l.close()
	delete(p.open, l)
}

func (p *Proxy) dial(client net.Conn) (*link, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.target == nil {
		return nil, net.ErrClosed
	}
	server, err := net.Dial("unix", p.target.socket())
	if err != nil {
		return nil, err
	}
	l := &link{client: client, server: server}
	p.open[l] = true
	return l, nil
}

// end ends one side, unless it must not hear of the other's end.
func (l *link) end(side net.Conn) {
	if !l.lost.Load() {
		_ = side.Close()
	}
}

func (l *link) close() {
	_ = l.client.Close()
	_ = l.server.Close()
}

// gate loses what is written to one side of a link while the proxy is silent.
type gate struct {
	net.Conn
	link  *link
	proxy *Proxy
}

func (g gate) shut() bool {
	g.proxy.mu.Lock()
	defer g.proxy.mu.Unlock()
	return g.proxy.silent || g.link.lost.Load()
}

func (g gate) Write(b []byte) (int, error) {
	if g.shut() {
		return len(b), nil
	}
	return g.Conn.Write(b)
}
