package keeper

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"syscall"

	"tournant/lab/nspawn"
)

// ErrNotUp is returned where no keeper answers.
var ErrNotUp = errors.New("the lab is not up: make lab, or lab/ctl up")

// A Client asks the keeper of a lab.
type Client struct{ http *http.Client }

// NewClient asks the one with those files.
func NewClient(f Files) *Client {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", f.Socket())
	}
	// No time limit: a machine may be slow to boot, and whoever waits can leave.
	return &Client{&http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}
}

// Status asks how the lab is.
func (c *Client) Status(ctx context.Context) (Status, error) {
	var s Status
	return s, c.ask(ctx, http.MethodGet, pathStatus, &s)
}

// Fault makes one of cluster.Faults happen.
func (c *Client) Fault(ctx context.Context, name, host string) error {
	return c.ask(ctx, http.MethodPost, pathFault+"?"+url.Values{"name": {name}, "host": {host}}.Encode(), nil)
}

// Heal undoes all faults.
func (c *Client) Heal(ctx context.Context) error { return c.ask(ctx, http.MethodPost, pathHeal, nil) }

// Down has the keeper end; it returns before it has.
func (c *Client) Down(ctx context.Context) error { return c.ask(ctx, http.MethodPost, pathDown, nil) }

// A Door is the way into a host.
type Door struct {
	Machine *nspawn.Door `json:"machine,omitempty"`
	// Network is the file of a network namespace, of a host that is no machine.
	Network string `json:"network,omitempty"`
}

// Arguments are of a command on this host that is one on the other.
func (d Door) Arguments(name string, args ...string) []string {
	if d.Machine != nil {
		return d.Machine.Arguments(name, args...)
	}
	return append([]string{"nsenter", "--net=" + d.Network, "--", name}, args...)
}

// Door asks for the way into a host.
func (c *Client) Door(ctx context.Context, host string) (Door, error) {
	var d Door
	return d, c.ask(ctx, http.MethodPost, pathHosts+url.PathEscape(host), &d)
}

// Command is a command on a host, as root.
func (c *Client) Command(ctx context.Context, host, name string, args ...string) (*exec.Cmd, error) {
	d, err := c.Door(ctx, host)
	if err != nil {
		return nil, err
	}
	all := d.Arguments(name, args...)
	return exec.CommandContext(ctx, all[0], all[1:]...), nil
}

func (c *Client) ask(ctx context.Context, method, path string, into any) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://lab"+path, nil)
	if err != nil {
		return err
	}
	answer, err := c.http.Do(r)
	if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ECONNREFUSED) {
		return ErrNotUp
	}
	if err != nil {
		return fmt.Errorf("ask the lab: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= http.StatusBadRequest {
		text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
		return errors.Join(errors.New(strings.TrimSpace(string(text))), err)
	}
	if into == nil {
		return nil
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		return fmt.Errorf("ask the lab: %w", err)
	}
	return nil
}
