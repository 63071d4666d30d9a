// Package ctl is chef-server-ctl: the command that administers a server, with
// the arguments, answers and exit codes of Chef's. One file a command. See
// DESIGN.md.
package ctl

import (
	"context"
	"io"
	"net/http"
	"time"
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

	// Open opens the API over the data directory dir, whose lock the caller
	// holds and whose server does not run.
	Open func(ctx context.Context, dir string) (handler http.Handler, close func() error, err error)
}

// The directories of an installed server.
const (
	systemData   = "/var/opt/opscode"
	systemConfig = "/etc/opscode"
	systemLogs   = "/var/log/opscode"
)

// name is what users call the command, however it was started.
const name = "chef-server-ctl"
