package ctl

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/spf13/cobra"
)

func (a *app) password() *cobra.Command {
	var external bool
	var file string
	c := &cobra.Command{
		Use:     "password USERNAME [flags]",
		Short:   "Set a user's password",
		Long:    "Set a user's password. It is asked for twice, or read from a file.",
		Example: "  " + name + " password alice\n  " + name + " password alice --password-file - < new-password",
		Args:    exactly(1, "Usage: "+name+" password <username> [--enable-external-auth]"),
		RunE: func(c *cobra.Command, args []string) error {
			if external {
				return fail("External authentication (such as LDAP) must be enabled to clear a user's password.")
			}
			secret, err := a.newPassword(file)
			if err != nil {
				return err
			}
			return a.with(func(ctx context.Context, s *session, args []string) error {
				return a.setPassword(ctx, s, args[0], secret)
			})(c, args)
		},
	}
	c.Flags().StringVar(&file, "password-file", "", "read the password from the first line of `FILE`; - is standard input")
	c.Flags().BoolVar(&external, "enable-external-auth", false, "let another system check the user's password")
	c.Flags().BoolVar(&external, "disable", false, "the same as --enable-external-auth")
	return c
}

func (a *app) newPassword(file string) (string, error) {
	if file != "" {
		return a.readSecret(file)
	}
	secret, err := a.askSecret("Enter the new password:  ")
	if err != nil {
		return "", err
	}
	again, err := a.askSecret("Enter the new password again:  ")
	if err != nil {
		return "", err
	}
	if again != secret {
		return "", fail("Passwords did not match")
	}
	return secret, nil
}

// setPassword also lets the user log in here if another system manages it, as
// the original does.
func (a *app) setPassword(ctx context.Context, s *session, user, secret string) error {
	if secret == "" {
		return fail("You entered a blank password.")
	}
	body := map[string]json.RawMessage{}
	if err := s.call(ctx, http.MethodGet, at("users", user), nil, &body); err != nil {
		return err
	}
	var err error
	if body["password"], err = json.Marshal(secret); err != nil {
		return err
	}
	body["recovery_authentication_enabled"] = json.RawMessage("true")
	if err := s.call(ctx, http.MethodPut, at("users", user), body, nil); err != nil {
		return err
	}
	a.print("User's password has been updated.")
	return nil
}
