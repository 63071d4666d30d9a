package load

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"tournant/internal/apiclient"
)

// A client does one thing after another.
type client struct {
	load   *Load
	id     int
	route  string
	api    apiclient.Client
	random *rand.Rand
	writes int
	// made are the nodes that it made and that were acknowledged.
	made []string
	// values are what it wrote into them.
	values map[string]int
}

// node is as much of one as the load needs.
type node struct {
	Name   string `json:"name"`
	Normal struct {
		Value int `json:"value"`
	} `json:"normal"`
}

func document(name string, value int) node {
	n := node{Name: name}
	n.Normal.Value = value
	return n
}

func (c *client) live() {
	c.values = map[string]int{}
	if c.load.options.Fleet && !c.wait(c.upTo(c.load.options.Pace)) {
		return
	}
	for {
		select {
		case <-c.load.stop:
			return
		default:
		}
		if c.load.options.Fleet {
			c.run()
		} else {
			began := time.Now()
			c.once()
			c.wait(time.Until(began.Add(c.load.options.Pace)))
		}
	}
}

// wait is for so long, and says whether the load goes on.
func (c *client) wait(d time.Duration) bool {
	select {
	case <-c.load.stop:
		return false
	case <-time.After(d):
		return true
	}
}

// upTo is any time up to d.
func (c *client) upTo(d time.Duration) time.Duration {
	return time.Duration(c.random.Int64N(int64(d) + 1))
}

// once is one request: a third of them write.
func (c *client) once() {
	switch n := c.random.IntN(9); {
	case n < 2:
		c.create()
	case n == 2:
		c.save()
	case n < 5 && len(c.made) > 0:
		c.getOwn()
	default:
		c.do(Operation{Kind: Get, Node: register(c.random.IntN(registers))})
	}
}

// value is one that nobody else writes.
func (c *client) value() int {
	c.writes++
	return (c.id+1)*1_000_000 + c.writes
}

func (c *client) create() {
	v := c.value()
	o := c.do(Operation{Kind: Create, Node: fmt.Sprintf("made-%d", v), Value: v})
	if o.Acknowledged() {
		c.made = append(c.made, o.Node)
		c.values[o.Node] = v
	}
}

func (c *client) save() {
	c.do(Operation{Kind: Save, Node: register(c.random.IntN(registers)), Value: c.value()})
}

// getOwn reads a node that was acknowledged to this client: an answer without
// it is stale.
func (c *client) getOwn() {
	name := c.made[c.random.IntN(len(c.made))]
	c.do(Operation{Kind: GetOwn, Node: name, Value: c.values[name]})
}

// do makes the request, once, and remembers it.
func (c *client) do(o Operation) Operation {
	ctx, cancel := context.WithTimeout(context.Background(), c.load.options.Patience)
	defer cancel()
	o.Client, o.Route = c.id, c.route
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	nodes := "/organizations/" + c.load.options.Org + "/nodes"
	o.Call = time.Now()
	c.load.ask(o)
	var err error
	switch o.Kind {
	case Create:
		err = c.api.Call(ctx, http.MethodPost, nodes, document(o.Node, o.Value), nil)
	case Save:
		err = c.api.Call(ctx, http.MethodPut, nodes+"/"+o.Node, document(o.Node, o.Value), nil)
	case Get, GetOwn:
		var found node
		err = c.api.Call(ctx, http.MethodGet, nodes+"/"+o.Node, nil, &found)
		o.Seen = found.Normal.Value
	}
	o.Return, o.Sent = time.Now(), sent.Load()
	o.Status = http.StatusOK
	if err != nil {
		o.Status, o.Error = apiclient.Status(err), err.Error()
	}
	c.load.add(o)
	return o
}
