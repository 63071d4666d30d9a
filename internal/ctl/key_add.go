package ctl

import (
	"context"
	"errors"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tournant/internal/apiclient"
)

// keyFlags are the flags of the commands that add keys.
type keyFlags struct{ expires, name, publicKey, file string }

func (a *app) addKey(owner keyOwner) *cobra.Command {
	var f keyFlags
	command := "add-" + owner.kind + "-key"
	c := &cobra.Command{
		Use:   command + " " + strings.Join(owner.args, " ") + " [flags]",
		Short: "Give a " + owner.kind + " another key",
		Long: `Give a ` + owner.kind + ` another key: the public key in a file, or a new pair whose private
half is printed, this once. A public key is called by its fingerprint unless it
gets a name.`,
		Example: "  " + name + " " + command + " " + owner.example() + " -k laptop -e 2030-01-01T00:00:00Z",
		Args:    func(_ *cobra.Command, args []string) error { return required(command, owner.args, args) },
		RunE: func(c *cobra.Command, args []string) error {
			body, err := f.key()
			if err != nil {
				return err
			}
			return a.with(func(ctx context.Context, s *session, args []string) error {
				return a.createKey(ctx, s, owner, args, body, f.file)
			})(c, args)
		},
	}
	c.Flags().StringVarP(&f.expires, "expiration-date", "e", "infinity", "`DATE` of expiry, YYYY-MM-DDTHH:MM:SSZ")
	c.Flags().StringVarP(&f.name, "key-name", "k", "", "`NAME` of the key")
	c.Flags().StringVarP(&f.publicKey, "public-key-path", "p", "", "`FILE` with the public key")
	c.Flags().StringVarP(&f.file, "file", "f", "", "write the private key to `FILE` (0600) rather than print it")
	return c
}

// newKey is what the API takes to create a key.
type newKey struct {
	Name      string `json:"name"`
	Expires   string `json:"expiration_date"`
	PublicKey string `json:"public_key,omitempty"`
	Create    bool   `json:"create_key,omitempty"`
}

var (
	keyDate   = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z|infinity)$`)
	publicPEM = regexp.MustCompile(`BEGIN (RSA )?PUBLIC KEY`)
)

// key checks the flags.
func (f *keyFlags) key() (*newKey, error) {
	if err := f.swallowed(); err != nil {
		return nil, err
	}
	if !keyDate.MatchString(f.expires) {
		return nil, fail("--expiration-date must be followed by a valid ISO 8601 formatted string YYYY-MM-DDTHH:MM:SSZ " +
			"e.g. 2013-12-24T21:00:00Z or infinity.\nIt defaults to infinity if you do not pass --expiration-date.")
	}
	if f.publicKey == "" {
		if f.name == "" {
			return nil, fail(`Error: You did not pass --public-key-path or --key-name.
Error: A key-name cannot be auto-generated if you do not pass --public-key-path.
Error: Either pass a valid public key via --public-key path or supply a name via --key-name.`)
		}
		return &newKey{Name: f.name, Expires: f.expires, Create: true}, nil
	}
	pem, err := os.ReadFile(f.publicKey)
	if err != nil {
		return nil, fail("Error: --public-key-path PUBLIC_KEY_PATH must be a valid path.")
	}
	print, err := fingerprint(pem)
	if err != nil || !publicPEM.Match(pem) {
		return nil, fail(`Error: Invalid public key passed. Key must begin with:
Error: -----BEGIN PUBLIC KEY----- or
Error: -----BEGIN RSA PUBLIC KEY-----`)
	}
	key := &newKey{Name: f.name, Expires: f.expires, PublicKey: string(pem)}
	if key.Name == "" {
		key.Name = print
	}
	return key, nil
}

// swallowed refuses a flag that was taken for the value of the one before it.
func (f *keyFlags) swallowed() error {
	flags := []string{"-e", "--expiration-date", "-k", "--key-name", "-p", "--public-key-path", "-f", "--file"}
	for i, value := range []string{f.expires, f.name, f.publicKey, f.file} {
		if slices.Contains(flags, strings.TrimSpace(value)) {
			return fail("Error: Missing valid input for argument %s.", flags[2*i+1])
		}
	}
	return nil
}

func (a *app) createKey(ctx context.Context, s *session, owner keyOwner, args []string, key *newKey, file string) (err error) {
	target, err := a.openKey(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.close()) }()
	var created struct {
		PrivateKey string `json:"private_key"`
	}
	err = s.call(ctx, http.MethodPost, owner.path(args), key, &created)
	switch apiclient.Status(err) {
	case http.StatusConflict:
		return fail("Error: A key named %s already exists for %s.", key.Name, owner.who(args))
	case http.StatusNotFound:
		return fail("Error: Could not find %s.", owner.who(args))
	}
	if err != nil || created.PrivateKey == "" {
		return err
	}
	if file == "" {
		a.print("New private key for key named %s (please store, it is not saved in the database):", key.Name)
	}
	return target.write(created.PrivateKey)
}
