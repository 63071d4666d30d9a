package failover

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"

	"tournant/internal/apiclient"
	"tournant/lab/load"
)

// A half is a request of which a server has had one half.
type half struct {
	route string
	api   apiclient.Client
	node  string
	// rest has the other half sent.
	rest func()
	done chan error
}

// sendHalves sends one by each frontend.
func (t *trial) sendHalves(ctx context.Context, name string) ([]*half, error) {
	var all []*half
	for _, route := range t.load.Routes {
		if route.Name == routeVIP {
			continue
		}
		h, err := t.sendHalf(ctx, route, fmt.Sprintf("/organizations/%s/nodes/half-%s-%s", t.load.Org, strings.ReplaceAll(name, " ", "-"), route.Name))
		if err != nil {
			for _, h := range all {
				err = errors.Join(err, h.finish(ctx))
			}
			return nil, err
		}
		all = append(all, h)
	}
	return all, nil
}

// sendHalf sends half of what makes a node.
func (t *trial) sendHalf(ctx context.Context, route load.Route, node string) (*half, error) {
	sent, rest := make(chan struct{}), make(chan struct{})
	h := &half{
		route: route.Name, node: node, rest: sync.OnceFunc(func() { close(rest) }), done: make(chan error, 1),
		api: apiclient.Client{Base: route.URL, Signer: t.load.Signer, HTTP: route.HTTP},
	}
	halting := h.api
	halting.HTTP = &http.Client{Transport: &haltingTransport{route.HTTP.Transport, sync.OnceFunc(func() { close(sent) }), rest}}
	nodes, name := node[:strings.LastIndexByte(node, '/')], node[strings.LastIndexByte(node, '/')+1:]
	go func() {
		h.done <- halting.Call(ctx, http.MethodPost, nodes, large(name), nil)
	}()
	select {
	case <-sent:
		return h, nil
	case err := <-h.done:
		return nil, fmt.Errorf("a request by %s ends before it was sent: %w", route.Name, err)
	case <-ctx.Done():
		h.rest()
		return nil, fmt.Errorf("half of a request by %s: %w", route.Name, ctx.Err())
	}
}

// finish sends the rest, and finds that what was sent is done.
func (h *half) finish(ctx context.Context) error {
	h.rest()
	if err := <-h.done; err != nil {
		return fmt.Errorf("a request by %s that was half sent failed: %w", h.route, err)
	}
	if err := h.api.Call(ctx, http.MethodGet, h.node, nil, nil); err != nil {
		return fmt.Errorf("what a request by %s that was half sent made: %w", h.route, err)
	}
	return nil
}

// large is a node whose halves are more than what buffers hold back.
func large(name string) any {
	return struct {
		Name   string            `json:"name"`
		Normal map[string]string `json:"normal"`
	}{name, map[string]string{"text": strings.Repeat("x", 256<<10)}}
}

// haltingTransport sends half of a body, tells it, and sends the other half when rest
// is closed.
type haltingTransport struct {
	http.RoundTripper
	sent func()
	rest chan struct{}
}

// RoundTrip implements http.RoundTripper.
func (t *haltingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err = errors.Join(err, r.Body.Close()); err != nil {
		return nil, err
	}
	middle := len(body) / 2
	r = r.Clone(r.Context())
	r.GetBody = nil // it is not sent twice
	r.Body = io.NopCloser(io.MultiReader(bytes.NewReader(body[:middle]), t, bytes.NewReader(body[middle:])))
	return t.RoundTripper.RoundTrip(r)
}

// Read is between the halves.
func (t *haltingTransport) Read([]byte) (int, error) {
	t.sent()
	<-t.rest
	return 0, io.EOF
}
