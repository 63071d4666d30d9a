package link

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Client asks one host.
type Client struct {
	name string
	base string
	http *http.Client
}

// connectWithin is longer than any question is waited for.
const connectWithin = time.Second

// NewClient asks the host with a name at an address.
func (i *Identity) NewClient(name string, at netip.AddrPort) *Client {
	return i.newClient(name, at, connectWithin)
}

func (i *Identity) newClient(name string, at netip.AddrPort, connectWithin time.Duration) *Client {
	return &Client{name: name, base: "https://" + at.String(), http: &http.Client{
		Transport: &http.Transport{
			TLSClientConfig: i.Client(name),
			// No name is looked up and no proxy asked: who may be dead is asked directly.
			// A connection that a given-up question began goes on to be made. There is
			// no limit to them but their time, or those to one who was cut off would keep
			// newer ones waiting once he is back.
			DialContext:         (&net.Dialer{Timeout: connectWithin, KeepAlive: -1}).DialContext,
			TLSHandshakeTimeout: connectWithin,
			MaxIdleConnsPerHost: 1,
			IdleConnTimeout:     idleAtMost / 2, // the other end must not be the one that ends it

			MaxResponseHeaderBytes: headersAtMost,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Name is whom it asks.
func (c *Client) Name() string { return c.name }

// Close drops idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// ErrNone is returned where the host answered that it has none of what was asked
// for.
var ErrNone = errors.New("the host has none")

// RefusedError is the host's refusal of a request, in its words.
type RefusedError struct{ Name, Text string }

func (e *RefusedError) Error() string { return fmt.Sprintf("%s refuses: %s", e.Name, e.Text) }

// Get asks for a document. ErrNone if there is none.
func (c *Client) Get(ctx context.Context, path string, into any) error {
	return c.do(ctx, http.MethodGet, path, nil, into)
}

// Post hands over a document.
func (c *Client) Post(ctx context.Context, path string, document any) error {
	body, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("ask %s: %w", c.name, err)
	}
	return c.do(ctx, http.MethodPost, path, bytes.NewReader(body), nil)
}

func (c *Client) do(ctx context.Context, method, path string, body io.Reader, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, c.base+path, body)
	if err != nil {
		return fmt.Errorf("ask %s: %w", c.name, err)
	}
	answer, err := c.http.Do(r)
	var about *url.Error
	if errors.As(err, &about) {
		err = about.Err // whom it was asked is said, and the URL is for nobody
	}
	if err != nil {
		return fmt.Errorf("ask %s: %w", c.name, err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, BodyAtMost))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.name, err)
	}
	switch answer.StatusCode {
	case http.StatusOK, http.StatusAccepted:
	case http.StatusNoContent:
		if into != nil {
			return ErrNone
		}
	case http.StatusConflict:
		return &RefusedError{c.name, strings.TrimSpace(string(data))}
	default:
		return fmt.Errorf("%s answers %s", c.name, answer.Status)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.name, err)
	}
	return nil
}
