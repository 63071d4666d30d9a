package ctl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tournant/internal/apiclient"
	"tournant/internal/datadir"
	"tournant/internal/signing"
	"tournant/internal/store"
)

// patience is how long a command waits for a server that is just starting or
// stopping, or for another command, and pause how long between two looks.
const (
	patience = 15 * time.Second
	pause    = 100 * time.Millisecond
)

// session is the way to a server: over its port, or over a handler of our own.
type session struct {
	*apiclient.Client
	running *datadir.Server // nil when the server does not run
	close   func() error
}

// call is one request.
func (s *session) call(ctx context.Context, method string, path path, body, out any) error {
	return s.Call(ctx, method, string(path), body, out)
}

// with makes a cobra command run over a session.
func (a *app) with(run func(ctx context.Context, s *session, args []string) error) func(*cobra.Command, []string) error {
	return func(c *cobra.Command, args []string) (err error) {
		s, err := a.connect(c.Context())
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, s.close()) }()
		return run(c.Context(), s, args)
	}
}

// connect finds the server of the data directory, or takes its place.
func (a *app) connect(ctx context.Context) (*session, error) {
	dir, err := a.data()
	if err != nil {
		return nil, err
	}
	signer, err := a.signer(dir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var why error
	for {
		s, err := a.attempt(ctx, dir, signer)
		if err == nil || !errors.Is(err, errBusy) {
			return s, err
		}
		if why == nil || ctx.Err() == nil { // not that the time was up
			why = err
		}
		select {
		case <-ctx.Done():
			return nil, fail("The data directory %s is in use by a process that does not answer: %v", dir, why)
		case <-time.After(pause):
		}
	}
}

// errBusy is returned while somebody holds the data directory who does not
// answer as a server.
var errBusy = errors.New("no answer")

func (a *app) attempt(ctx context.Context, dir string, signer *signing.Signer) (*session, error) {
	lock, err := datadir.TakeLock(dir)
	if err == nil {
		return a.openDirectly(context.WithoutCancel(ctx), dir, lock, signer)
	}
	if !errors.Is(err, datadir.ErrInUse) {
		return nil, err
	}
	server, err := datadir.ReadServer(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errBusy, err)
	}
	client, err := clientOf(server)
	if err != nil {
		return nil, err
	}
	if err := ask(ctx, client, server, "/_tournant/ready"); err != nil {
		return nil, fmt.Errorf("%w: %w", errBusy, err)
	}
	return &session{
		Client:  &apiclient.Client{Base: server.URL(), Signer: signer, HTTP: client},
		running: server,
		close:   func() error { client.CloseIdleConnections(); return nil },
	}, nil
}

// openDirectly serves the API from within: requests to it take the same path
// as those to a server, signature and all.
func (a *app) openDirectly(ctx context.Context, dir string, lock *datadir.Lock, signer *signing.Signer) (*session, error) {
	url, err := a.place(dir)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	handler, closeState, err := a.Open(ctx, dir, url)
	if err != nil {
		return nil, errors.Join(err, lock.Release())
	}
	client, closeServer := apiclient.Serve(handler)
	return &session{
		Client: &apiclient.Client{Base: "http://localhost", Signer: signer, HTTP: client},
		close:  func() error { return errors.Join(closeServer(), closeState(), lock.Release()) },
	}, nil
}

func (a *app) signer(dir string) (*signing.Signer, error) {
	file := filepath.Join(dir, datadir.SuperuserKey)
	if a.dataFlag == "" {
		if system := a.path(systemConfig, datadir.SuperuserKey); readable(system) {
			file = system
		}
	}
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrPermission) {
		return nil, fail("Only its owner can read %s: %v", file, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the superuser's key: %w", err)
	}
	key, err := signing.ParsePrivateKey(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &signing.Signer{Name: store.Superuser, Key: key, Now: a.Now}, nil
}

func readable(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	_ = f.Close() // read only
	return true
}

func clientOf(server *datadir.Server) (*http.Client, error) {
	if server.Scheme != "https" {
		return apiclient.Plain(), nil
	}
	certificate, err := os.ReadFile(server.Certificate)
	if err != nil {
		return nil, fmt.Errorf("read the server's certificate: %w", err)
	}
	return apiclient.Pinned(certificate)
}

// ask returns an error unless the server answers 200 at a path that takes no
// signature.
func ask(ctx context.Context, client *http.Client, server *datadir.Server, path string) error {
	rq, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL()+path, nil)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	res, err := client.Do(rq)
	if err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	if err := res.Body.Close(); err != nil {
		return fmt.Errorf("ask the server: %w", err)
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", res.Status)
	}
	return nil
}
