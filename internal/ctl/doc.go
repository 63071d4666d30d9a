// Package ctl is chef-server-ctl: the command that administers a server, with
// the arguments, answers and exit codes of Chef's. One file a command. See
// DESIGN.md.
package ctl

import (
	"context"
	"io"
	"net/http"
	"time"

	"tournant/internal/config"
	"tournant/internal/setup"
	"tournant/internal/storage"
	"tournant/internal/systemd"
)

// Env is the world around a command.
type Env struct {
	Stdin  io.Reader
	Stdout io.Writer
	Stderr io.Writer

	Now     func() time.Time
	Getenv  func(name string) string
	Root    bool   // the caller may use the system's own directories
	Version string // of this release
	Commit  string

	// Host is what an installed server's commands work on.
	Host      func() (config.Host, error)
	LookupEnv func(name string) (value string, ok bool)
	Units     *systemd.Manager

	Storage *storage.Host // where a backend has its volume
	Prefix  string        // what the system's directories are below; "" but in tests

	// Open opens the API over the data directory dir, whose lock the caller
	// holds and whose server does not run, and over the database at a
	// postgres:// URL unless that is "".
	Open func(ctx context.Context, dir, database string) (handler http.Handler, close func() error, err error)
}

// The directories of an installed server.
const (
	systemData   = setup.DataDir
	systemConfig = setup.ConfigDir
	systemLogs   = setup.LogDir
)

// name is what users call the command, however it was started.
const name = "chef-server-ctl"
