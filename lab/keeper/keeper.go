package keeper

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"tournant/lab/cluster"
)

// Files are where a lab's keeper and those who ask it meet, in the lab's directory.
type Files struct{ Dir string }

// Socket is where the keeper answers.
func (f Files) Socket() string { return filepath.Join(f.Dir, "control") }

// Log is what it says, and is beside the directory, which each lab begins anew.
func (f Files) Log() string { return f.Dir + ".log" }

// A keeper is a cluster that is up.
type keeper struct {
	*cluster.Cluster
	config cluster.Config
	log    *slog.Logger
	down   context.CancelFunc
}

// Keep brings a cluster up, its hosts on, and keeps it until ctx ends or somebody
// asks for its end.
func Keep(ctx context.Context, c cluster.Config) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	k := &keeper{config: c, log: c.Log, down: cancel}
	if k.Cluster, err = cluster.Open(ctx, c); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, k.close()) }()
	if err := k.Boot(ctx); err != nil {
		return err
	}
	return k.serve(ctx, Files{c.Dir}.Socket())
}

// closeTime is for ending what does not end by itself.
const closeTime = 30 * time.Second

func (k *keeper) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	return k.Close(ctx)
}

func (k *keeper) serve(ctx context.Context, socket string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "unix", socket)
	if err != nil {
		return fmt.Errorf("keeper: %w", err)
	}
	if err := os.Chmod(socket, 0o600); err != nil {
		return errors.Join(err, l.Close())
	}
	server := &http.Server{Handler: k.handler(ctx), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	return errors.Join(ignoreDeadline(server.Shutdown(finish)), server.Close())
}

func ignoreDeadline(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}
