package bench

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"golang.org/x/sync/errgroup"

	"tournant/bench/fixture"
	"tournant/internal/signing"
)

// validator is the client that registers the simulated nodes.
const validator = "bench-validator"

// fleet is a number of simulated nodes.
type fleet struct {
	*bench
	validator *signing.Signer

	// All nodes share a few keys: to make one takes a tenth of a second of
	// CPU, and a server cannot tell.
	keys  []*rsa.PrivateKey
	nodes []*simulated
}

// planFleet runs every node for the first time, and then steady runs one
// after another for the time asked for. The nodes are removed before and
// after, so that the next first run is one.
func planFleet(ctx context.Context, b *bench) (*plan, error) {
	for _, connections := range b.connections {
		if connections > b.clients {
			return nil, fmt.Errorf("%d connections need as many --clients, there are %d", connections, b.clients)
		}
	}
	f := &fleet{bench: b}
	if err := f.makeKeys(ctx); err != nil {
		return nil, err
	}
	if err := f.register(ctx); err != nil {
		return nil, fmt.Errorf("client %s: %w", validator, err)
	}
	first := &job{load: "fleet", name: "first runs", worker: f.firstRuns, before: f.renew}
	steady := &job{load: "fleet", name: "steady runs", worker: f.steadyRuns, endless: true}
	first.order, steady.order = fleetLabels(), fleetLabels()
	return &plan{jobs: []*job{first, steady}, end: f.leave}, nil
}

func (f *fleet) makeKeys(ctx context.Context) error {
	defer f.progress.Show(func() string { return "fleet: making keys" })()
	f.keys = make([]*rsa.PrivateKey, f.keyCount)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(setupWorkers)
	for i := range f.keys {
		group.Go(func() (err error) {
			if err := ctx.Err(); err != nil {
				return err
			}
			f.keys[i], err = rsa.GenerateKey(rand.Reader, 2048)
			return err
		})
	}
	return group.Wait()
}

// register creates the validator, or gives it the new key.
func (f *fleet) register(ctx context.Context) error {
	f.validator = f.sign(validator, f.keys[0])
	body, err := json.Marshal(struct {
		Name      string `json:"name"`
		Validator bool   `json:"validator"`
		PublicKey string `json:"public_key"`
	}{validator, true, publicPEM(f.keys[0])})
	if err != nil {
		return err
	}
	// API version 0 takes the key of a client that exists.
	path := f.target.prefix + "/clients"
	status, answer, err := f.admin.root(ctx, http.MethodPost, path, "0", body)
	if err == nil && status == http.StatusConflict {
		status, answer, err = f.admin.root(ctx, http.MethodPut, path+"/"+validator, "0", body)
	}
	return expect("POST /clients", status, answer, err)
}

// sign returns the signer of a client, as chef-client signs by default.
func (f *fleet) sign(name string, key *rsa.PrivateKey) *signing.Signer {
	return &signing.Signer{Name: name, Key: key, Version: "1.1", Now: f.target.now}
}

func publicPEM(key *rsa.PrivateKey) string {
	// A public key of RSA cannot fail to marshal.
	der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// renew makes the nodes unknown to the server and to us.
func (f *fleet) renew(ctx context.Context) error {
	f.nodes = make([]*simulated, f.clients)
	for i := range f.nodes {
		f.nodes[i] = f.simulate(i)
	}
	return f.remove(ctx)
}

// remove deletes the nodes and clients of this and any earlier fleet.
func (f *fleet) remove(ctx context.Context) error {
	defer f.progress.Show(func() string { return "fleet: removing nodes" })()
	for _, collection := range [...]string{"/nodes", "/clients"} {
		names, err := list[string](ctx, f.admin, collection)
		if err != nil {
			return err
		}
		group, ctx := errgroup.WithContext(ctx)
		group.SetLimit(setupWorkers)
		for name := range names {
			if strings.HasPrefix(name, fixture.FleetPrefix) {
				group.Go(func() error {
					_, err := f.admin.want(ctx, http.MethodDelete, collection+"/"+name, nil, http.StatusNotFound)
					return err
				})
			}
		}
		if err := group.Wait(); err != nil {
			return err
		}
	}
	return nil
}

// leave removes everything that was made for the fleet, the validator above
// all: its key may create clients.
func (f *fleet) leave(ctx context.Context) error {
	_, err := f.admin.want(ctx, http.MethodDelete, "/clients/"+validator, nil, http.StatusNotFound)
	return errors.Join(err, f.remove(ctx))
}

// firstRuns is a worker that runs its share of the nodes once each.
func (f *fleet) firstRuns(id, of int, rec *recorder) (func(context.Context) bool, func()) {
	r := f.newRunner(rec)
	next := id
	return func(ctx context.Context) bool {
		if next >= len(f.nodes) {
			return false
		}
		r.run(ctx, f.nodes[next], true)
		next += of
		return ctx.Err() == nil
	}, r.agent.Close
}

// steadyRuns is a worker that runs its share of the nodes over and over.
func (f *fleet) steadyRuns(id, of int, rec *recorder) (func(context.Context) bool, func()) {
	r := f.newRunner(rec)
	next := id
	return func(ctx context.Context) bool {
		r.run(ctx, f.nodes[next], false)
		if next += of; next >= len(f.nodes) {
			next = id
		}
		return ctx.Err() == nil
	}, r.agent.Close
}
