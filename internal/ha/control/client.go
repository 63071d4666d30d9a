package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// ErrNoAgent is returned where no agent answers.
var ErrNoAgent = errors.New("the HA agent of this host does not answer: is tournant-ha.service running?")

// RefusedError is why the agent does not do what was asked.
type RefusedError struct{ Text string }

func (e *RefusedError) Error() string { return e.Text }

// Client talks to the agent of this host.
type Client struct{ http *http.Client }

const (
	answerWithin = 5 * time.Second
	answerAtMost = 1 << 20
)

// NewClient talks to the agent with a socket.
func NewClient(socket string) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}
	return &Client{&http.Client{Timeout: answerWithin, Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Status asks what the host is. ErrNoAgent if no agent answers.
func (c *Client) Status(ctx context.Context) (*Status, error) {
	data, err := c.do(ctx, http.MethodGet, PathStatus)
	if err != nil {
		return nil, err
	}
	s := &Status{}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, fmt.Errorf("read the answer of the HA agent: %w", err)
	}
	return s, nil
}

// Ask has the agent begin what an operator wants. That it has come about, Status
// tells. The error is a *RefusedError if the agent will not.
func (c *Client) Ask(ctx context.Context, r Request) error {
	_, err := c.do(ctx, http.MethodPost, PathRequest+"?name="+url.QueryEscape(string(r)))
	return err
}

func (c *Client) do(ctx context.Context, method, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, "http://agent"+path, nil)
	if err != nil {
		return nil, err
	}
	answer, err := c.http.Do(r)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) {
		return nil, ErrNoAgent
	}
	var about *url.Error
	if errors.As(err, &about) {
		err = about.Err // the URL is none that anybody knows
	}
	if err != nil {
		return nil, fmt.Errorf("ask the HA agent: %w", err)
	}
	defer answer.Body.Close()
	data, err := io.ReadAll(io.LimitReader(answer.Body, answerAtMost))
	switch text := strings.TrimSpace(string(data)); {
	case err != nil:
		return nil, fmt.Errorf("read the answer of the HA agent: %w", err)
	case answer.StatusCode == http.StatusConflict:
		return nil, &RefusedError{text}
	case answer.StatusCode >= http.StatusBadRequest:
		return nil, fmt.Errorf("the HA agent answers %s: %s", answer.Status, text)
	}
	return data, nil
}
