package setup

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"tournant/internal/config"
)

// ErrNoSecrets is returned on a host that does not make the secrets and does
// not have them.
var ErrNoSecrets = errors.New("the secrets must be created on the bootstrap node. Please copy the contents of " +
	ConfigDir + "/ from your bootstrap Server to complete the setup")

const secretsFile = ConfigDir + "/" + config.SecretsFile

// noSecrets is ErrNoSecrets with what is missing, and where it is.
func noSecrets(c *config.Config, missing []config.SecretName) error {
	host := "HOST"
	for _, s := range c.Servers {
		if s.Bootstrap {
			host = s.Name
		}
	}
	inHA := ""
	if c.Topology == config.HA {
		inHA = "in an H/A topology "
	}
	return fmt.Errorf("%s%w: rsync -a root@%s:%s/ %[4]s/ (%[5]v is missing here)", inHA, ErrNoSecrets, host, ConfigDir, missing[0])
}

// missingSecrets are those that the host needs beyond those it has.
func missingSecrets(c *config.Config, have *config.Secrets) []config.SecretName {
	return slices.DeleteFunc(c.Needed(), func(name config.SecretName) bool { return have.Get(name) != "" })
}

// secrets makes those that are missing, if this is the host that makes them.
// One that is there is never changed: other hosts have it too.
func (r *run) secrets(context.Context) error {
	have, err := config.ReadSecrets(r.path(secretsFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	made := map[config.SecretName]config.Secret{}
	for _, name := range missingSecrets(r.c, have) {
		made[name] = newSecret()
	}
	all, err := have.With(made)
	if err != nil {
		return err
	}
	r.c.UseSecrets(all)
	content, err := all.Encode()
	if err != nil {
		return err
	}
	return r.serverFile(secretsFile, content, 0o600)
}

// secretBytes makes guessing hopeless; hexadecimal digits need no quotes in
// any file.
const secretBytes = 32

func newSecret() config.Secret {
	var b [secretBytes]byte
	_, _ = rand.Read(b[:]) // never fails: see crypto/rand
	return config.Secret(hex.EncodeToString(b[:]))
}
