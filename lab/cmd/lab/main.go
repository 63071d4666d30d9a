// Command lab has a whole cluster up on this machine to play with: see lab/README.md.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"tournant/lab/cluster"
	"tournant/lab/keeper"
	"tournant/lab/nspawn"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1) //nolint:gocritic // stop only undoes what ends here
	}
}

// options are the flags that all commands have.
type options struct{ dir, prefix, cache string }

func (o *options) files() keeper.Files { return keeper.Files{Dir: o.dir} }

func (o *options) client() *keeper.Client { return keeper.NewClient(o.files()) }

func command() *cobra.Command {
	var o options
	root := &cobra.Command{
		Use: "lab", Short: "Two backends, two frontends and AWS on this machine",
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(*cobra.Command, []string) (err error) {
			if os.Geteuid() != 0 {
				return errors.New("the lab needs root: it makes machines and networks")
			}
			o.dir, err = filepath.Abs(o.dir)
			return err
		},
	}
	f := root.PersistentFlags()
	f.StringVar(&o.dir, "dir", "lab/run", "directory of the lab's state and logs")
	f.StringVar(&o.prefix, "prefix", "lab", "how the names of its network namespaces and machines begin; letters and digits")
	f.StringVar(&o.cache, "cache", nspawn.Cache, "directory of the Debian that machines are made of")
	root.AddCommand(o.up(), o.serve(), o.down(), o.verify(), o.status(), o.shell(), o.fault(), o.heal())
	return root
}

func (o *options) down() *cobra.Command {
	return &cobra.Command{
		Use: "down", Short: "End the lab and leave nothing of it but logs", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return keeper.Down(c.Context(), o.files(), o.prefix) },
	}
}

func (o *options) fault() *cobra.Command {
	long := "HOST is be1, be2, fe1, fe2, primary or standby. What goes wrong does so until heal.\n\n"
	var names []string
	for _, f := range cluster.Faults() {
		names = append(names, f.Name)
		long += fmt.Sprintf("  %-16s %s\n", f.Name, f.About)
	}
	return &cobra.Command{
		Use: "fault NAME [HOST]", Short: "Let something go wrong", Long: long, Args: cobra.RangeArgs(1, 2), ValidArgs: names,
		RunE: func(c *cobra.Command, args []string) error {
			return o.client().Fault(c.Context(), args[0], append(args, "")[1])
		},
	}
}

func (o *options) heal() *cobra.Command {
	return &cobra.Command{
		Use: "heal", Short: "Undo every fault; who is off is switched on", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return o.client().Heal(c.Context()) },
	}
}

func (o *options) shell() *cobra.Command {
	c := &cobra.Command{
		Use: "shell HOST [COMMAND...]", Short: "A shell on a host, or a command", Args: cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			line := args[1:]
			if len(line) == 0 {
				line = []string{"env", "PS1=" + args[0] + `:\w# `, "bash", "--norc", "-i"}
			}
			d, err := o.client().Door(c.Context(), args[0])
			if err != nil {
				return err
			}
			all := d.Arguments(line[0], line[1:]...)
			name, err := exec.LookPath(all[0])
			if err != nil {
				return err
			}
			return syscall.Exec(name, all, os.Environ())
		},
	}
	c.Flags().SetInterspersed(false) // the command's flags are its own
	return c
}
