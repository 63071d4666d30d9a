package setup

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"tournant/internal/config"
)

// fingerprints tell whether the processes of a host of topology "ha" run with
// other settings, secrets included, than those of its files, without holding
// any: they are keyed by the shared secret, so that a password among the settings
// cannot be guessed from them.
type fingerprints struct {
	Agent  string `json:"agent,omitempty"` // of a backend
	Server string `json:"server"`
}

const appliedFile = DataDir + "/ha/applied.json"

// fingerprint takes those of the settings that shall run, and reads those that
// do. What cannot be read is nothing that runs.
func (r *run) fingerprint(context.Context) error {
	if err := r.directory(DataDir+"/ha", 0o700); err != nil {
		return err
	}
	data, err := os.ReadFile(r.path(appliedFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read what runs: %w", err)
	}
	if err == nil && json.Unmarshal(data, &r.before) != nil {
		r.before = fingerprints{}
	}
	c := r.c
	if isBackend(c) {
		r.now.Agent, err = fingerprint(c, []any{c.Host, c.Servers, c.VIP, c.HA, c.Database, c.HTTP.Listen}, c.HA.AccessKey, c.HA.SecretKey, c.Database.Password)
		if err != nil {
			return err
		}
	}
	r.now.Server, err = fingerprint(c, []any{c.VIP.Address, c.HTTP, c.API, c.Database, c.HA.Path}, c.API.StatsPassword, c.Database.Password)
	return err
}

// frontend has a frontend's server start again when its secrets are others: what
// is copied from another host is the same file for the next run.
func (r *run) frontend(ctx context.Context) error {
	if err := r.fingerprint(ctx); err != nil {
		return err
	}
	if r.before.Server != "" && r.before.Server != r.now.Server {
		return r.outdate()
	}
	return nil
}

func fingerprint(c *config.Config, settings []any, secrets ...config.Secret) (string, error) {
	data, err := json.Marshal(settings) // in which secrets are hidden
	if err != nil {
		return "", fmt.Errorf("compare the settings: %w", err)
	}
	h := hmac.New(sha256.New, []byte(c.HA.SharedSecret.Reveal()))
	h.Write(data)
	for _, s := range secrets {
		fmt.Fprintf(h, "\n%d %s", len(s), s.Reveal())
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// applied keeps the fingerprints of what runs in the end.
func (r *run) applied(context.Context) error { return r.runs(r.now) }

// runs keeps the fingerprints of what runs.
func (r *run) runs(f fingerprints) error {
	data, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("keep what runs: %w", err)
	}
	return r.file(appliedFile, append(data, '\n'), 0o600)
}
