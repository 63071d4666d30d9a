package demo

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"tournant/internal/signing"
	"tournant/lab/cluster"
	"tournant/lab/load"
)

// Options say what is shown, and to whom.
type Options struct {
	Stage
	// Of names the program, and Times are how long what is around it takes, for the
	// pictures.
	Of, Times string
	// Out is where it is shown: a terminal, or line by line anything else.
	Out io.Writer
	// Pictures is the directory for what is left in the end.
	Pictures string
	// Nodes are how many there are in the fleet, and Pace is the time between the
	// requests of each.
	Nodes int
	Pace  time.Duration
	// Steady is how long is looked at what goes on as it should.
	Steady time.Duration
	// Within bounds each thing that is waited for.
	Within time.Duration
	Seed   uint64
	// Keep, with all else done, is called before the cluster ends.
	Keep func(ctx context.Context, tell func(string)) error
}

// A show is one demonstration.
type show struct {
	Options
	*cluster.Cluster
	board *board
	// switches are held, by host, by whoever changes its power or talks to it.
	switches map[string]*sync.Mutex
	load     load.Options
	fleet    *load.Load
	report   Report
}

// Run gives the demonstration. The error is for what did not come about at all;
// what came about wrongly is in the Report.
func Run(ctx context.Context, o Options) (_ *Report, err error) {
	if err := os.MkdirAll(o.Pictures, 0o755); err != nil {
		return nil, err
	}
	s := &show{Options: o, board: newBoard(time.Now(), o.Nodes), switches: map[string]*sync.Mutex{}}
	for _, name := range cluster.Backends {
		s.switches[name] = &sync.Mutex{}
	}
	stop := s.present()
	defer func() {
		stop()
		if s.Cluster != nil {
			err = errors.Join(err, s.Close(context.WithoutCancel(ctx)))
		}
	}()
	if err := s.play(ctx); err != nil {
		return nil, err
	}
	if o.Keep != nil {
		if err := o.Keep(ctx, s.board.tell); err != nil {
			return nil, err
		}
	}
	return &s.report, nil
}

// within is a time for one thing to come about.
func (s *show) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, s.Within)
}

// routes are the frontends, which share the fleet.
func (s *show) routes() []load.Route {
	var routes []load.Route
	names := s.Frontends()
	for i, name := range names {
		routes = append(routes, load.Route{
			Name: name, URL: "https://" + s.Address(name).String(), HTTP: s.http(),
			Clients: (s.Nodes + i) / len(names),
		})
	}
	return routes
}

// http connects from the client's host, anew for each request, as chef-client
// does, so that nothing is repeated by itself.
func (s *show) http() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			return s.Network.Dial(ctx, cluster.Client, network, address)
		},
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
}

// patience is more than a frontend holds a request for.
const patience = 75 * time.Second

// prepareFleet makes what the fleet needs, as soon as somebody serves it.
func (s *show) prepareFleet(ctx context.Context, primary string) error {
	pem, err := s.SuperuserKey(ctx, primary)
	if err != nil {
		return err
	}
	key, err := signing.ParsePrivateKey(pem)
	if err != nil {
		return fmt.Errorf("demo: the superuser's key: %w", err)
	}
	s.load = load.Options{
		Routes: s.routes(), Signer: &signing.Signer{Name: "pivotal", Key: key}, Org: "demo",
		Seed: s.Seed, Pace: s.Pace, Patience: patience, Fleet: true,
	}
	for {
		err := load.Prepare(ctx, s.load)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		}
	}
}
