package ctl

import (
	"context"
	"errors"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) orgCreate() *cobra.Command {
	var file, user string
	c := &cobra.Command{
		Use:   "org-create ORG_NAME ORG_FULL_NAME [flags]",
		Short: "Create an organization",
		Long: `Create an organization and print the private key of its validator, which new
machines register with. The key is told this once.`,
		Example: "  " + name + " org-create example 'Example, Inc.' --association_user alice -f example-validator.pem",
		Args:    exactly(2, "You must specify an ORG_NAME and an ORG_FULL_NAME"),
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			return a.createOrg(ctx, s, newOrg{Name: args[0], FullName: args[1]}, file, user)
		}),
	}
	c.Flags().StringVarP(&file, "filename", "f", "", "write the validator's private key to `FILE` (0600) rather than print it")
	c.Flags().StringVarP(&user, "association_user", "a", "", "make `USERNAME` an administrator of the organization")
	return c
}

type newOrg struct {
	Name     string `json:"name"`
	FullName string `json:"full_name"`
}

func (a *app) createOrg(ctx context.Context, s *session, o newOrg, file, user string) (err error) {
	target, err := a.openKey(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.close()) }()
	if user != "" { // found out now, it leaves no organization behind
		if err := s.call(ctx, http.MethodGet, at("users", user), nil, nil); err != nil {
			return err
		}
	}
	var created struct {
		PrivateKey string `json:"private_key"`
	}
	if err := s.call(ctx, http.MethodPost, at("organizations"), o, &created); err != nil {
		return err
	}
	if err := target.write(created.PrivateKey); err != nil {
		return err
	}
	if user != "" {
		if err := s.associate(ctx, o.Name, user); err != nil {
			return err
		}
		if err := s.join(ctx, o.Name, user, admins, billingAdmins); err != nil {
			return err
		}
	}
	a.note("Created %s", o.Name)
	return nil
}
