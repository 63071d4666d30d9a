package load

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"tournant/internal/apiclient"
	"tournant/internal/signing"
)

// A Route is a way to the server.
type Route struct {
	Name string
	URL  string
	HTTP *http.Client
	// Clients is how many go this way.
	Clients int
}

// Options say who does what.
type Options struct {
	Routes []Route
	Signer *signing.Signer
	Org    string
	Seed   uint64
	// Pace is the time from the beginning of a client's request to that of its
	// next one; after an answer that took longer the next follows at once.
	Pace time.Duration
	// Patience is how long a client waits for an answer.
	Patience time.Duration
	// Fleet has each client do what chef-client does on its node, over and over,
	// instead of requests at random.
	Fleet bool
}

// registers are nodes that everybody writes and reads. They are few, so that
// clients meet, and so many that the history of each can be checked.
const registers = 12

func register(i int) string { return fmt.Sprintf("register-%d", i) }

// own is the node of a client of a fleet, a register that it alone saves.
func own(id int) string { return fmt.Sprintf("node-%02d", id+1) }

// Clients is how many there are.
func (o Options) Clients() int {
	n := 0
	for _, r := range o.Routes {
		n += r.Clients
	}
	return n
}

// names are all registers'.
func (o Options) names() []string {
	var all []string
	for i := range registers {
		all = append(all, register(i))
	}
	if o.Fleet {
		for id := range o.Clients() {
			all = append(all, own(id))
		}
	}
	return all
}

// A Load is under way until Stop.
type Load struct {
	options Options
	stop    chan struct{}
	clients sync.WaitGroup

	mu sync.Mutex
	// history is in the order of its ends; asked are, by client, when the requests
	// began that have no answer yet.
	history History
	asked   map[int]time.Time
	// acknowledged is how many writes of the history were.
	acknowledged int
}

// Prepare makes the organization, if there is none, and the registers.
func Prepare(ctx context.Context, o Options) error {
	c := apiclient.Client{Base: o.Routes[0].URL, Signer: o.Signer, HTTP: o.Routes[0].HTTP}
	org := struct {
		Name     string `json:"name"`
		FullName string `json:"full_name"`
	}{o.Org, o.Org}
	if err := c.Call(ctx, http.MethodPost, "/organizations", org, nil); err != nil && apiclient.Status(err) != http.StatusConflict {
		return fmt.Errorf("load: make the organization: %w", err)
	}
	for _, name := range o.names() {
		err := c.Call(ctx, http.MethodPost, "/organizations/"+o.Org+"/nodes", document(name, 0), nil)
		if err != nil && apiclient.Status(err) != http.StatusConflict {
			return fmt.Errorf("load: make a register: %w", err)
		}
	}
	return nil
}

// Start lets the clients go.
func Start(o Options) *Load {
	l := &Load{options: o, stop: make(chan struct{}), asked: map[int]time.Time{}}
	id := 0
	for _, route := range o.Routes {
		for range route.Clients {
			c := &client{
				load: l, id: id, route: route.Name, random: rand.New(rand.NewPCG(o.Seed, uint64(id))),
				api: apiclient.Client{Base: route.URL, Signer: o.Signer, HTTP: route.HTTP},
			}
			l.clients.Go(c.live)
			id++
		}
	}
	return l
}

// Stop lets the clients finish what they have begun, and returns what all of
// them did, in the order of its beginnings.
func (l *Load) Stop() History {
	close(l.stop)
	l.clients.Wait()
	return l.History()
}

// History is what was finished so far, in the order of its beginnings.
func (l *Load) History() History {
	l.mu.Lock()
	defer l.mu.Unlock()
	h := slices.Clone(l.history)
	slices.SortFunc(h, func(a, b Operation) int { return a.Call.Compare(b.Call) })
	return h
}

// AwaitWrites waits until so many more writes were acknowledged.
func (l *Load) AwaitWrites(ctx context.Context, n int) error {
	const often = 10 * time.Millisecond
	for enough := l.Acknowledged() + n; l.Acknowledged() < enough; {
		select {
		case <-ctx.Done():
			return fmt.Errorf("load: fewer than %d writes were acknowledged: %w", n, ctx.Err())
		case <-time.After(often):
		}
	}
	return nil
}

// Acknowledged is how many writes were so far.
func (l *Load) Acknowledged() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.acknowledged
}

// Since is what was finished after the first n were, in the order of its ends.
func (l *Load) Since(n int) History {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.history[n:])
}

// Waiting are the beginnings of the requests that have no answer yet.
func (l *Load) Waiting() []time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Values(l.asked))
}

func (l *Load) ask(o Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked[o.Client] = o.Call
}

func (l *Load) add(o Operation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.asked, o.Client)
	l.history = append(l.history, o)
	if o.Acknowledged() {
		l.acknowledged++
	}
}
