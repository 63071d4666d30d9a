// Command tournant is a Chef Infra Server in one binary. Called as
// chef-server-ctl it is the command that administers one.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"tournant/bench"
	"tournant/internal/ctl"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if calledAsCtl(os.Args[0]) {
		return ctl.Run(ctx, ctlEnv(), os.Args[1:])
	}
	err := command().ExecuteContext(ctx)
	var code exitCode
	if errors.As(err, &code) {
		return int(code)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "tournant:", err)
		return 1
	}
	return 0
}

func command() *cobra.Command {
	c := &cobra.Command{
		Use:           "tournant",
		Short:         "A Chef Infra Server in one binary",
		Example:       "  tournant serve --data ./data",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	c.AddCommand(serveCommand(), haAgentCommand(), ctlCommand(), bench.Command(), versionCommand(), generateCommand())
	return c
}
