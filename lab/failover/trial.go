package failover

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"tournant/internal/signing"
	"tournant/lab/cluster"
	"tournant/lab/fakeec2"
	"tournant/lab/load"
	"tournant/lab/network"
)

// Options are a trial's surroundings.
type Options struct {
	// Cluster begins with the Volume of a Founding.
	Cluster   cluster.Config
	Superuser *signing.Signer
	Log       *slog.Logger
	// Within bounds each thing that is waited for.
	Within time.Duration
	// Clients is how many go through the frontends, Direct how many straight to the
	// VIP. Pace is from a client's request to its next.
	Clients, Direct int
	Pace            time.Duration
}

// A trial is a cluster that is looked at.
type trial struct {
	Options
	*cluster.Cluster
	load     load.Options
	captures map[string]*network.Capture
	births   *births
	// times are EC2's from the fault on.
	times fakeec2.Times
}

var (
	// ErrUnserved says that nobody was primary, or acknowledged writes, in the time
	// that there is for it.
	ErrUnserved = errors.New("nobody is served")
	// ErrUnfenced says that what keeps packets in did not come back.
	ErrUnfenced = errors.New("nothing holds back what leaves from the VIP")
)

// age is more than an attachment needs to have for a force.
const age = 90 * time.Second

// Run hurts a new cluster once. The error is for what did not come about at
// all; what came about wrongly is in the Result.
func Run(ctx context.Context, o Options, row Row) (_ *Result, err error) {
	t, err := open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, t.Close(context.WithoutCancel(ctx))) }()
	t.births = watchBirths(ctx, t.Cluster)
	defer t.births.stop()
	primary, err := t.begin(ctx)
	if err != nil {
		return nil, err
	}
	r := &Result{Row: row.Name, From: row.from, To: row.to, Seed: o.Cluster.Seed, At: time.Now()}
	l := load.Start(t.load)
	err = t.hurt(ctx, row, primary, l, r)
	r.end = time.Now()
	h := l.Stop()
	if err != nil {
		return nil, fmt.Errorf("failover: %s: %w", row.Name, err)
	}
	r.measure(h)
	if row.Moves && !r.Moved {
		r.wrong(1, "nobody took over", []string{primary + " is primary again"})
	}
	if err := t.picture(h, primary, r); err != nil {
		return nil, err
	}
	return r, t.judge(ctx, row, primary, h, r)
}

// open makes the cluster. Until all is well nothing is measured, and EC2 need not take
// its time.
func open(ctx context.Context, o Options) (_ *trial, err error) {
	t := &trial{Options: o, captures: map[string]*network.Capture{}, times: o.Cluster.Times}
	o.Cluster.Times = fakeec2.Times{}
	t.Cluster, err = cluster.Open(ctx, o.Cluster)
	return t, err
}

// within is a time for one thing to come about.
func (t *trial) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, t.Within)
}

// begin waits until all is well, and names the primary.
func (t *trial) begin(ctx context.Context) (string, error) {
	ctx, cancel := t.within(ctx)
	defer cancel()
	if err := t.Boot(ctx); err != nil {
		return "", err
	}
	primary, err := t.settled(ctx)
	if err != nil {
		return "", err
	}
	t.load = t.loadOf(t.Superuser) // of what the founding has made
	if err := t.awaitRoutes(ctx); err != nil {
		return "", err
	}
	for _, name := range cluster.Backends {
		if t.captures[name], err = t.Network.Capture(name, cluster.VIP); err != nil {
			return "", err
		}
	}
	t.EC2.SetTimes(t.times)
	t.Age(age)
	return primary, nil
}

// settled waits until one backend serves and the other is ready to.
func (t *trial) settled(ctx context.Context) (string, error) {
	primary, err := t.Primary(ctx)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrUnserved, err)
	}
	return primary, t.AwaitStandby(ctx, cluster.Peer(primary))
}

func (t *trial) superuser(ctx context.Context, primary string) (*signing.Signer, error) {
	pem, err := t.SuperuserKey(ctx, primary)
	if err != nil {
		return nil, err
	}
	key, err := signing.ParsePrivateKey(pem)
	return &signing.Signer{Name: "pivotal", Key: key}, err
}

// routeVIP is the way past the frontends.
const routeVIP = "vip"

// routes are the frontends, and the VIP itself.
func (t *trial) routes() []load.Route {
	var routes []load.Route
	for _, name := range t.Frontends() {
		routes = append(routes, load.Route{Name: name, URL: "https://" + t.Address(name).String(), HTTP: t.client(), Clients: t.Clients / len(t.Frontends())})
	}
	return append(routes, load.Route{Name: routeVIP, URL: "https://" + cluster.VIP.String(), HTTP: t.client(), Clients: t.Direct})
}

// awaitRoutes waits until all are served.
func (t *trial) awaitRoutes(ctx context.Context) error {
	for _, route := range t.load.Routes {
		for !t.ready(ctx, route) {
			select {
			case <-time.After(20 * time.Millisecond):
			case <-ctx.Done():
				return fmt.Errorf("%s is not ready: %w", route.Name, ctx.Err())
			}
		}
	}
	return nil
}

func (t *trial) ready(ctx context.Context, route load.Route) bool {
	rq, err := http.NewRequestWithContext(ctx, http.MethodGet, route.URL+"/_tournant/ready", nil)
	if err != nil {
		return false
	}
	answer, err := route.HTTP.Do(rq)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// client connects from the client's host, anew for each request, so that
// nothing is repeated by itself.
func (t *trial) client() *http.Client {
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext:       t.dial,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true},
	}}
}

// alive is how a client finds out that nobody is at the other end any more: within 10 s.
var alive = net.KeepAliveConfig{Enable: true, Idle: 5 * time.Second, Interval: time.Second, Count: 5}

func (t *trial) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := t.Network.Dial(ctx, cluster.Client, network, address)
	if err != nil {
		return nil, err
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		err = tcp.SetKeepAliveConfig(alive)
	}
	return c, err
}

// enough writes are acknowledged before anything goes wrong, and for all to be well
// again.
const enough = 40

// hurt does what the row says, and waits until all is well again.
func (t *trial) hurt(ctx context.Context, row Row, primary string, l *load.Load, r *Result) error {
	if err := t.awaitWrites(ctx, l); err != nil {
		return err
	}
	t.Log.Info("hurting", "row", row.Name, "primary", primary)
	r.hurt = time.Now()
	if err := row.Hurt(ctx, t.Cluster, primary); err != nil {
		return err
	}
	if err := t.pass(ctx, row, primary, l, r); err != nil {
		return err
	}
	r.hurtBy = time.Now()
	if row.Moves {
		if err := t.awaitMove(ctx, cluster.Peer(primary)); err != nil {
			return err
		}
	}
	if err := wait(time.Until(r.hurt.Add(row.Lasts)))(ctx, t.Cluster, primary); err != nil {
		return err
	}
	if !row.Silent {
		if err := t.awaitWrites(ctx, l); err != nil {
			return err
		}
	}
	t.Log.Info("healing", "row", row.Name)
	r.heal = time.Now()
	if err := row.Heal(ctx, t.Cluster, primary); err != nil {
		return err
	}
	return t.recover(ctx, row, primary, l, r)
}

// recover waits until all is well again, and stays so.
func (t *trial) recover(ctx context.Context, row Row, primary string, l *load.Load, r *Result) error {
	settling, cancel := t.within(ctx)
	defer cancel()
	now, err := t.settled(settling)
	if err != nil {
		return err
	}
	if err := t.awaitRoutes(settling); err != nil {
		return err
	}
	r.Moved, r.well = now != primary, time.Now()
	t.Log.Info("well again", "row", row.Name, "primary", now)
	if err := wait(row.Quiet)(ctx, t.Cluster, primary); err != nil {
		return err
	}
	return t.awaitWrites(ctx, l)
}

func (t *trial) awaitMove(ctx context.Context, to string) error {
	ctx, cancel := t.within(ctx)
	defer cancel()
	for {
		name, err := t.Primary(ctx)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnserved, err)
		}
		if name == to {
			return nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("%s does not take over: %w", to, ctx.Err())
		}
	}
}

func (t *trial) awaitWrites(ctx context.Context, l *load.Load) error {
	ctx, cancel := t.within(ctx)
	defer cancel()
	if err := l.AwaitWrites(ctx, enough); err != nil {
		return fmt.Errorf("%w: %w", ErrUnserved, err)
	}
	return nil
}

// frames stops the captures.
func (t *trial) frames() (map[string][]network.Frame, error) {
	all := map[string][]network.Frame{}
	for name, c := range t.captures {
		frames, err := c.Stop()
		if err != nil {
			return nil, err
		}
		all[name] = frames
	}
	return all, nil
}

// volumeLog opens the log of writes.
func (t *trial) volumeLog() (*os.File, error) { return os.Open(t.VolumeLog()) }
