package ctl

import (
	"context"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"tournant/internal/apiclient"
)

func (a *app) orgUserRemove() *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:     "org-user-remove ORG_NAME USER_NAME [flags]",
		Short:   "Make a user belong to an organization no more",
		Example: "  " + name + " org-user-remove example alice --force",
		Args:    exactly(2, "You must specify an ORG_NAME and USER_NAME"),
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			if force {
				if err := a.forceOut(ctx, s, args[0], args[1]); err != nil {
					return err
				}
			}
			return removeOrgUser(ctx, s, args[0], args[1])
		}),
	}
	c.Flags().BoolVarP(&force, "force", "f", false, "remove the user from the admins and billing-admins groups first")
	return c
}

// forceOut takes a user out of the groups of administrators, unless nobody
// would be left in them.
func (a *app) forceOut(ctx context.Context, s *session, orgName, user string) error {
	g, err := s.group(ctx, orgName, admins)
	if err != nil {
		return err
	}
	if slices.Contains(g.Users, user) && g.lastAdmin() {
		return fail(`ERROR: Error removing user %[2]s from organization %[1]s.
You ran with --force which force removes the user from the admins and billing-admins groups.
However, removing %[2]s from the admins group would leave it empty, which breaks the org.
Please add another user to org %[1]s admins group and try again.`, orgName, user)
	}
	for _, name := range []string{admins, billingAdmins} {
		was, err := s.leave(ctx, orgName, user, name)
		if err != nil {
			return err
		}
		if !was {
			a.note("WARNING: User %s is not in the %s group for organization %s.\n"+
				"You probably don't need to pass --force.", user, name, orgName)
		}
	}
	return nil
}

func removeOrgUser(ctx context.Context, s *session, orgName, user string) error {
	err := s.dissociate(ctx, orgName, user)
	switch apiclient.Status(err) {
	case http.StatusNotFound:
		return fail("User %s is not associated with organization %s", user, orgName)
	case http.StatusForbidden:
		return fail(`ERROR: Error removing user %[2]s from organization %[1]s.
User %[2]s is in the organization's admin group. Removing users from an organization without removing them from the admins group is not allowed.
Re-run this command with --force to remove this user from the admins prior to removing it from the organization.`, orgName, user)
	}
	return err
}
