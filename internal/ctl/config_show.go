package ctl

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"tournant/internal/config"
)

func (a *app) checkConfig() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "check-config [flags]",
		Short: "Tell what is wrong with the configuration, and change nothing",
		Long: `Tell what is wrong with the configuration, and change nothing: each mistake with
its line and what to write instead, and each setting that has no meaning here. Of
the installed file it also tells what keeps this host from being a part of
topology "ha".`,
		Example: "  " + name + " check-config --config chef-server.rb",
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := a.loadConfig(file)
			if err != nil {
				return err
			}
			if problems := c.CheckFiles(); len(problems) > 0 {
				return config.Problems(problems)
			}
			if file == "" && c.Topology == config.HA {
				if err := a.checkHost(cmd.Context(), c); err != nil {
					return err
				}
			}
			a.print("%s is well formed: topology %s, %d warnings.", c.File, c.Topology, len(c.Warnings))
			return nil
		},
	}
	configFlag(c, &file)
	return c
}

// checkHost tells what keeps this host from being what its configuration says.
func (a *app) checkHost(ctx context.Context, c *config.Config) error {
	host, err := a.host()
	if err != nil {
		return err
	}
	if err := host.Check(ctx, c); err != nil {
		return notSetUp(err)
	}
	return nil
}

func (a *app) showConfig() *cobra.Command {
	var file string
	c := &cobra.Command{
		Use:   "show-config [flags]",
		Short: "Print what the configuration says and what is derived, as JSON",
		Long: `Print what the configuration says and what is derived, as JSON: what reconfigure
would use. Secrets are neither made nor shown.`,
		Example: "  " + name + " show-config --config chef-server.rb",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			c, err := a.loadConfig(file)
			if err != nil {
				return err
			}
			shown, err := c.Show()
			if err != nil {
				return err
			}
			fmt.Fprint(a.Stdout, string(shown))
			return nil
		},
	}
	configFlag(c, &file)
	return c
}
