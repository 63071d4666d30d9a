package store

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// connections are those that are open to PostgreSQL. After a failover each of
// them would take seconds to find out that it is dead: they are cut at once.
type connections struct {
	mu   sync.Mutex
	open map[*connection]struct{}
	shut bool // none may be opened
}

var errShut = errors.New("the database is away")

// dial is a pgconn.DialFunc.
func (c *connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if c.isShut() {
		return nil, errShut
	}
	conn, err := dialer().DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return c.add(conn)
}

func (c *connections) isShut() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shut
}

func (c *connections) add(conn net.Conn) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.shut {
		return nil, errors.Join(errShut, conn.Close())
	}
	added := &connection{Conn: conn, all: c}
	c.open[added] = struct{}{}
	return added, nil
}

// began notes that a connection, perhaps within TLS, has a session.
func began(conn net.Conn) {
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn()
	}
	conn.(*connection).session.Store(true)
}

// cut ends all connections, in use or not, and lets none be opened until admit.
func (c *connections) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shut = true
	for conn := range c.open {
		_ = conn.Conn.Close() // whoever uses it is told
	}
	clear(c.open)
}

func (c *connections) admit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shut = false
}

// silent is how many have been waiting for an answer for so long.
func (c *connections) silent(d time.Duration) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		if asked := conn.asked.Load(); asked != 0 && conn.session.Load() && time.Since(time.UnixMilli(asked)) > d {
			n++
		}
	}
	return n
}

// connection knows since when it waits for an answer.
type connection struct {
	net.Conn
	all   *connections
	asked atomic.Int64 // since when, in ms; 0 once it heard something

	session atomic.Bool // it has one: before, its own timeout bounds what it waits
}

func (c *connection) Write(p []byte) (int, error) {
	c.asked.Store(time.Now().UnixMilli())
	return c.Conn.Write(p)
}

func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.asked.Store(0)
	return n, err
}

func (c *connection) Close() error {
	c.all.mu.Lock()
	delete(c.all.open, c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}
