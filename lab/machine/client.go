package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"syscall"
)

// A Client asks an init, from inside of its machine or from the host.
type Client struct {
	Socket string // "" is the init of the machine that this process is in
}

// Start starts a unit, and returns when it is started.
func (c Client) Start(ctx context.Context, unit string) error {
	_, err := c.ask(ctx, request{Do: "start", Unit: unit})
	return err
}

// Stop asks a unit to end, and returns when no process of it is left.
func (c Client) Stop(ctx context.Context, unit string) error {
	_, err := c.ask(ctx, request{Do: "stop", Unit: unit})
	return err
}

// Kill ends a unit with SIGKILL, and returns when no process of it is left.
func (c Client) Kill(ctx context.Context, unit string) error {
	_, err := c.ask(ctx, request{Do: "kill", Unit: unit})
	return err
}

// Signal sends a signal to a unit's main process.
func (c Client) Signal(ctx context.Context, unit string, signal syscall.Signal) error {
	_, err := c.ask(ctx, request{Do: "signal", Unit: unit, Signal: int(signal)})
	return err
}

// Status asks how a unit is.
func (c Client) Status(ctx context.Context, unit string) (Status, error) {
	return c.ask(ctx, request{Do: "state", Unit: unit})
}

// Await returns a unit's status once it is another than a known one.
func (c Client) Await(ctx context.Context, unit string, known Status) (Status, error) {
	return c.ask(ctx, request{Do: "await", Unit: unit, Not: &known})
}

func (c Client) ask(ctx context.Context, r request) (Status, error) {
	socket := c.Socket
	if socket == "" {
		socket = socketInside
	}
	conn, err := new(net.Dialer).DialContext(ctx, "unix", socket)
	if err != nil {
		return Status{}, fmt.Errorf("machine: ask the init: %w", err)
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := json.NewEncoder(conn).Encode(r); err != nil {
		return Status{}, fmt.Errorf("machine: ask the init: %w", err)
	}
	var a answer
	if err := json.NewDecoder(conn).Decode(&a); err != nil {
		return Status{}, errors.Join(fmt.Errorf("machine: %s %s: the init does not answer: %w", r.Do, r.Unit, err), ctx.Err())
	}
	if a.Error != "" {
		return a.Status, fmt.Errorf("machine: %s %s: %s", r.Do, r.Unit, a.Error)
	}
	return a.Status, nil
}
