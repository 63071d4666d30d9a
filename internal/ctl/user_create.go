package ctl

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"

	"github.com/spf13/cobra"
)

// userFlags are the flags of user-create. What can be given as an argument,
// can be given as a flag too.
type userFlags struct {
	file, orgName, publicKey         string
	noKey, prompt                    bool
	first, last, email, pass, secret string
}

func (a *app) userCreate() *cobra.Command {
	var u userFlags
	c := &cobra.Command{
		Use: `user-create USERNAME FIRST_NAME [MIDDLE_NAME] LAST_NAME EMAIL PASSWORD [flags]
  chef-server-ctl user-create USERNAME --email EMAIL [--password PASSWORD] [flags]`,
		Short: "Create a user",
		Long: `Create a user and print its private key, which is told this once. A password
among the arguments can be read by every user of this host while the command
runs: leave it out and give -p to be asked, or --password-file.`,
		Example: "  " + name + " user-create alice Alice Archer alice@example.com --password-file - -o example -f alice.pem",
		Args:    between(1, 6, "You must specify a USERNAME"),
		RunE: func(c *cobra.Command, args []string) error {
			body, err := a.newUser(&u, args)
			if err != nil {
				return err
			}
			return a.with(func(ctx context.Context, s *session, _ []string) error {
				return a.createUser(ctx, s, body, &u)
			})(c, args)
		},
	}
	u.register(c)
	return c
}

func (u *userFlags) register(c *cobra.Command) {
	f := c.Flags()
	f.StringVarP(&u.file, "file", "f", "", "write the private key to `FILE` (0600) rather than print it")
	f.StringVar(&u.file, "filename", "", "the same as --file")
	f.StringVarP(&u.orgName, "orgname", "o", "", "make the user belong to the organization `ORG_NAME`")
	f.StringVar(&u.publicKey, "user-key", "", "take the public key in `FILE` rather than make a pair")
	f.BoolVarP(&u.noKey, "prevent-keygen", "k", false, "give the user no key")
	f.BoolVarP(&u.prompt, "prompt-for-password", "p", false, "ask for the password")
	f.StringVar(&u.secret, "password-file", "", "read the password from the first line of `FILE`; - is standard input")
	f.StringVar(&u.first, "first-name", "", "first `NAME`")
	f.StringVar(&u.last, "last-name", "", "last `NAME`")
	f.StringVar(&u.email, "email", "", "e-mail `ADDRESS`")
	f.StringVar(&u.pass, "password", "", "`PASSWORD`; see above for better ways")
	c.MarkFlagsMutuallyExclusive("user-key", "prevent-keygen")
	c.MarkFlagsMutuallyExclusive("prompt-for-password", "password-file", "password")
}

// newUser is what the API takes to create a user.
type newUser struct {
	Username  string `json:"username"`
	Display   string `json:"display_name"`
	First     string `json:"first_name,omitempty"`
	Middle    string `json:"middle_name,omitempty"`
	Last      string `json:"last_name,omitempty"`
	Email     string `json:"email"`
	Password  string `json:"password"`
	CreateKey bool   `json:"create_key,omitempty"`
	PublicKey string `json:"public_key,omitempty"`
}

// newUser reads the arguments. The password is the last of them unless it
// comes from elsewhere.
func (a *app) newUser(u *userFlags, args []string) (*newUser, error) {
	body := &newUser{Username: args[0], First: u.first, Last: u.last, Email: u.email, Password: u.pass}
	elsewhere := u.prompt || u.secret != "" || u.pass != ""
	if rest := args[1:]; len(rest) > 0 {
		if !elsewhere {
			body.Password, rest = rest[len(rest)-1], rest[:len(rest)-1]
		}
		switch len(rest) {
		case 3:
			body.First, body.Last, body.Email = rest[0], rest[1], rest[2]
		case 4:
			body.First, body.Middle, body.Last, body.Email = rest[0], rest[1], rest[2], rest[3]
		default:
			return nil, fatal("You must specify USERNAME FIRST_NAME [MIDDLE_NAME] LAST_NAME EMAIL PASSWORD")
		}
	} else if !elsewhere {
		return nil, fatal("You must either provide a password or use the --prompt-for-password (-p) option")
	}
	if body.Email == "" {
		return nil, fatal("You must specify an email")
	}
	body.Display = body.Username
	if body.First != "" && body.Last != "" {
		body.Display = body.First + " " + body.Last
	}
	return body, a.secrets(u, body)
}

// secrets fills in what is neither an argument nor a flag.
func (a *app) secrets(u *userFlags, body *newUser) (err error) {
	switch {
	case u.prompt:
		body.Password, err = a.askSecret("Please enter the user's password: ")
	case u.secret != "":
		body.Password, err = a.readSecret(u.secret)
	}
	if err != nil || u.noKey {
		return err
	}
	if u.publicKey == "" {
		body.CreateKey = true
		return nil
	}
	pem, err := os.ReadFile(u.publicKey)
	if err != nil {
		return fmt.Errorf("read the public key: %w", err)
	}
	body.PublicKey = string(pem)
	return nil
}

func (a *app) createUser(ctx context.Context, s *session, body *newUser, u *userFlags) (err error) {
	target, err := a.openKey(u.file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.close()) }()
	if u.orgName != "" { // found out now, it leaves no user behind
		if err := s.call(ctx, http.MethodGet, org(u.orgName), nil, nil); err != nil {
			return err
		}
	}
	var created struct {
		Key struct {
			PrivateKey string `json:"private_key"`
		} `json:"chef_key"`
	}
	if err := s.call(ctx, http.MethodPost, at("users"), body, &created); err != nil {
		return err
	}
	if created.Key.PrivateKey != "" {
		if err := target.write(created.Key.PrivateKey); err != nil {
			return err
		}
	}
	if u.orgName != "" {
		if err := s.associate(ctx, u.orgName, body.Username); err != nil {
			return err
		}
	}
	a.note("Created %s", body.Username)
	return nil
}
