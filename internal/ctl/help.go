package ctl

import "github.com/spf13/cobra"

func (a *app) helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Tell about the commands, or about one of them",
		Example: "  " + name + " help user-create",
		RunE: func(c *cobra.Command, args []string) error {
			about, _, err := c.Root().Find(args)
			if err != nil || len(args) > 0 && about == c.Root() {
				return a.unknown(c.Root(), args)
			}
			return about.Help()
		},
	}
}
