package main

import (
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"tournant/internal/ctl"
	"tournant/internal/storage"
	"tournant/internal/systemd"
)

// calledAsCtl reports whether the binary was started under the name of Chef's
// control command.
func calledAsCtl(arg0 string) bool { return filepath.Base(arg0) == "chef-server-ctl" }

// ctlEnv is the world of the control command in this process.
func ctlEnv() ctl.Env {
	return ctl.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Now: time.Now, Getenv: os.Getenv, Root: os.Geteuid() == 0,
		Version: version, Commit: commit, Open: openOffline,
		Host: thisHost, LookupEnv: os.LookupEnv, Units: systemd.OnHost(), Storage: storage.OnHost(),
	}
}

// openOffline opens the API over a data directory that no server runs on, and
// over the database at a URL if there is one. Nothing is kept ready: most
// commands are one request.
func openOffline(ctx context.Context, dir, database string) (http.Handler, func() error, error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError}))
	s := &server{log: log}
	handler, err := s.open(ctx, serveOptions{data: dir, database: database, maxBody: defaultMaxBody, now: time.Now})
	if err != nil {
		_ = s.Close() // the error that matters is the first
		return nil, nil, err
	}
	return handler, s.Close, nil
}

// exitCode ends the process with the code of the control command.
type exitCode int

func (exitCode) Error() string { return "" }

func ctlCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "ctl COMMAND",
		Short:              "Administer a server: the same as chef-server-ctl",
		Example:            "  tournant ctl org-list --data ./data",
		DisableFlagParsing: true,
		RunE: func(c *cobra.Command, args []string) error {
			if code := ctl.Run(c.Context(), ctlEnv(), args); code != 0 {
				return exitCode(code)
			}
			return nil
		},
	}
}
