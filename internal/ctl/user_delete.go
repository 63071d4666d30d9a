package ctl

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// userDeletion is one run of user-delete.
type userDeletion struct {
	app        *app
	session    *session
	user       string
	keepMember bool // leave the associations to the deletion itself
	demote     bool // take the user out of groups of administrators
}

func (a *app) userDelete() *cobra.Command {
	d := userDeletion{app: a}
	var yes bool
	c := &cobra.Command{
		Use:     "user-delete USERNAME [flags]",
		Short:   "Delete a user",
		Example: "  " + name + " user-delete alice --remove-from-admin-groups --yes",
		Args:    exactly(1, "You must specify a user name"),
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			d.session, d.user = s, args[0]
			if err := a.confirm(yes, "Do you want to delete the user "+d.user); err != nil {
				return err
			}
			return d.run(ctx)
		}),
	}
	c.Flags().BoolVarP(&d.keepMember, "no-disassociate-user", "d", false, "do not make the user leave its organizations first")
	c.Flags().BoolVarP(&d.demote, "remove-from-admin-groups", "R", false, "take the user out of the admins groups that it is in")
	c.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return c
}

func (d *userDeletion) run(ctx context.Context) error {
	if !d.keepMember {
		if err := d.leaveOrgs(ctx); err != nil {
			return err
		}
	}
	d.app.note("Deleting user %s.", d.user)
	return d.session.call(ctx, http.MethodDelete, at("users", d.user), nil, nil)
}

// leaveOrgs refuses before it changes anything.
func (d *userDeletion) leaveOrgs(ctx context.Context) error {
	d.app.note("Checking organization memberships...")
	orgs, err := d.session.orgsOf(ctx, d.user)
	if err != nil {
		return err
	}
	d.app.note("Checking admin group memberships for %d org(s).", len(orgs))
	adminOf, only, err := d.adminships(ctx, orgs)
	if err != nil {
		return err
	}
	if len(adminOf) > 0 && !d.demote {
		return fatal("%s is in the 'admins' group of the following organization(s):\n\n%s\n\n"+
			"Run this command again with the --remove-from-admin-groups option to\n"+
			"remove the user from these admin group(s) automatically.", d.user, bullets(adminOf))
	}
	if len(only) > 0 {
		return fatal("%s is the only member of the 'admins' group of the\nfollowing organization(s):\n\n%s\n\n"+
			"Removing the only administrator of an organization can break it.\n"+
			"Assign additional users or groups to the admin group(s) before\ndeleting this user.", d.user, bullets(only))
	}
	for _, orgName := range adminOf {
		d.app.note("Removing %s from admins group of '%s'", d.user, orgName)
		if _, err := d.session.leave(ctx, orgName, d.user, admins); err != nil {
			return err
		}
	}
	for _, orgName := range orgs {
		if err := d.session.dissociate(ctx, orgName, d.user); err != nil {
			return err
		}
	}
	return nil
}

// adminships returns the organizations that the user administers, and those of
// them that nobody else does.
func (d *userDeletion) adminships(ctx context.Context, orgs []string) (adminOf, only []string, err error) {
	for _, orgName := range orgs {
		g, err := d.session.group(ctx, orgName, admins)
		if err != nil {
			return nil, nil, err
		}
		if !slices.Contains(g.Users, d.user) {
			continue
		}
		adminOf = append(adminOf, orgName)
		if g.lastAdmin() {
			only = append(only, orgName)
		}
	}
	return adminOf, only, nil
}

func bullets(names []string) string { return "- " + strings.Join(names, "\n- ") }

// orgsOf returns the names of the organizations that a user belongs to.
func (s *session) orgsOf(ctx context.Context, user string) ([]string, error) {
	var list []struct {
		Organization struct {
			Name string `json:"name"`
		} `json:"organization"`
	}
	if err := s.call(ctx, http.MethodGet, at("users", user, "organizations"), nil, &list); err != nil {
		return nil, err
	}
	names := make([]string, len(list))
	for i, e := range list {
		names[i] = e.Organization.Name
	}
	return names, nil
}
