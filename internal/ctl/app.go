package ctl

import (
	"bufio"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// app is one run of the command.
type app struct {
	Env
	dataFlag string
	quiet    bool
	answers  *bufio.Reader // of standard input, once something was asked
}

// The groups of commands in --help, in its order.
const (
	groupGeneral = "general"
	groupService = "service-management"
	groupHA      = "high-availability"
	groupPeople  = "organization-and-user-management"
	groupKeys    = "key-rotation"
	groupAdmins  = "server-admins"
)

// Run runs the command that args name and returns the exit code.
func Run(ctx context.Context, env Env, args []string) int {
	a := &app{Env: env}
	root := a.root()
	root.SetArgs(args)
	return a.report(root.ExecuteContext(ctx))
}

// Command is the whole of chef-server-ctl, to be described: manual pages and
// completions are made of it.
func Command() *cobra.Command { return (&app{}).root() }

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   name + " COMMAND",
		Short: "Administer a Chef server",
		Long: `Administer a Chef server: the one on --data DIR, through its API while it runs
and on its database while it does not; without --data the installed one, as root.`,
		Example:       "  " + name + " org-list --data ./data",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE:          a.unknown,
	}
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SuggestionsMinimumDistance = 2
	root.DisableFlagsInUseLine = true
	root.PersistentFlags().StringVar(&a.dataFlag, "data", "", "data directory of the server (default "+systemData+", as root)")
	root.PersistentFlags().BoolVarP(&a.quiet, "quiet", "q", false, "print results only")
	for _, group := range a.commands() {
		root.AddGroup(&cobra.Group{ID: group.id, Title: group.id + ":"})
		for _, c := range group.commands {
			c.GroupID = group.id
			c.DisableFlagsInUseLine = true
			root.AddCommand(c)
		}
	}
	root.SetHelpCommand(a.helpCommand())
	root.SetHelpCommandGroupID(groupGeneral)
	return root
}

type commandGroup struct {
	id       string
	commands []*cobra.Command
}

func (a *app) commands() []commandGroup {
	return []commandGroup{
		{groupGeneral, []*cobra.Command{
			a.reconfigure(), a.checkConfig(), a.showConfig(),
			a.version(), a.upgrade(), a.backup(), a.restore(), a.reindex(), a.gatherLogs(),
		}},
		{groupService, append(a.serviceCommands(), a.status(), a.serviceList(), a.tail())},
		{groupHA, []*cobra.Command{
			a.haStatus(), a.haFailover(), a.haMaintenance(), a.haVerify(), a.haInitStorage(), a.masterRecover(), a.backupRecover(),
		}},
		{groupPeople, []*cobra.Command{
			a.orgCreate(), a.orgDelete(), a.orgList(), a.orgShow(), a.orgUserAdd(), a.orgUserRemove(),
			a.userCreate(), a.userDelete(), a.userEdit(), a.userList(), a.userShow(), a.password(),
		}},
		{groupKeys, []*cobra.Command{
			a.addKey(clientKeys), a.addKey(userKeys), a.listKeys(clientKeys), a.listKeys(userKeys),
			a.deleteKey(clientKeys), a.deleteKey(userKeys),
		}},
		{groupAdmins, []*cobra.Command{a.grantServerAdmin(), a.removeServerAdmin(), a.listServerAdmins()}},
	}
}

// unknown is what the command does when no other is named.
func (a *app) unknown(c *cobra.Command, args []string) error {
	fmt.Fprintln(a.Stdout, "I don't know that command.")
	if len(args) > 0 {
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			fmt.Fprintln(a.Stdout, "Did you mean:", strings.Join(near, ", "))
		}
	}
	return failWith(1, c.Help())
}

// note tells of progress to whoever reads along, not to scripts.
func (a *app) note(format string, args ...any) {
	if !a.quiet {
		fmt.Fprintf(a.Stderr, format+"\n", args...)
	}
}

// print writes a line of the command's result.
func (a *app) print(format string, args ...any) {
	fmt.Fprintf(a.Stdout, format+"\n", args...)
}
