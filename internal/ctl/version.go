package ctl

import "github.com/spf13/cobra"

func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  " + name + " version",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			a.print("%s", a.Version)
			return nil
		},
	}
}
