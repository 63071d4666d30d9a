// Command fakeec2 is an EC2 endpoint that is also the EBS volume, on one
// machine: see lab/fakeec2 and lab/volume.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"tournant/lab/volume"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "fakeec2:", err)
		stop()
		os.Exit(1)
	}
}

func command() *cobra.Command {
	var config string
	root := &cobra.Command{
		Use: "fakeec2 --config FILE", Short: "Serve EC2's API, the metadata of instances and the faults, until a signal",
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := readConfig(config)
			if err != nil {
				return err
			}
			return serve(cmd.Context(), c)
		},
	}
	root.PersistentFlags().StringVar(&config, "config", "", "the lab's configuration, JSON")
	root.AddCommand(
		&cobra.Command{
			Use: "down --config FILE", Short: "Remove what a lab has left behind, also after a crash", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				c, err := readConfig(config)
				if err != nil {
					return err
				}
				return down(c)
			},
		},
		&cobra.Command{
			Use: "check FILE", Short: "Prove from the log of writes that there was never a second writer", Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error { return check(cmd, args[0]) },
		},
	)
	return root
}

func check(cmd *cobra.Command, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	report, err := volume.Check(f)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	fmt.Fprintln(cmd.OutOrStdout(), report)
	if n := len(report.Violations); n > 0 {
		return fmt.Errorf("%s: %d violations", name, n)
	}
	return nil
}
