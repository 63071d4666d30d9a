package store

import (
	"context"
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

// silent reports whether one has been waiting for an answer for so long.
func (c *connections) silent(d time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		asked := conn.asked.Load()
		if asked > conn.heard.Load() && time.Since(time.UnixMilli(asked)) > d {
			return true
		}
	}
	return false
}

// connection knows since when it waits for an answer.
type connection struct {
	net.Conn
	all          *connections
	asked, heard atomic.Int64 // when last, in ms
}

func (c *connection) Write(p []byte) (int, error) {
	c.asked.Store(time.Now().UnixMilli())
	return c.Conn.Write(p)
}

func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.heard.Store(time.Now().UnixMilli())
	return n, err
}

func (c *connection) Close() error {
	c.all.mu.Lock()
	delete(c.all.open, c)
	c.all.mu.Unlock()
	return c.Conn.Close()
}
