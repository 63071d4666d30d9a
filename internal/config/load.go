package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tournant/internal/config/rb"
)

// Load reads chef-server.rb, and the secrets and the hosts' certificate beside it if
// they are there and may be read. The error is Problems if the file is at fault.
func Load(file string, env Env) (*Config, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the configuration: %w", err)
	}
	if env.Secrets == nil {
		secrets, err := ReadSecrets(filepath.Join(filepath.Dir(file), SecretsFile))
		if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrPermission) {
			return nil, err
		}
		env.Secrets = secrets
	}
	c, err := Evaluate(file, string(source), env)
	if err != nil {
		return nil, err
	}
	c.exposed(file, string(source))
	if _, err := os.Lstat(filepath.Join(filepath.Dir(file), SharedCertificate)); err == nil && c.SharesCertificate() {
		c.UseSharedCertificate()
	}
	return c, nil
}

// Evaluate is Load for a source that was read already.
func Evaluate(file, source string, env Env) (*Config, error) {
	result, err := rb.Evaluate(source, rb.Env{
		File: file, Words: words(), Getenv: env.Getenv, Host: hostAttributes(env.Host.FQDN),
	})
	if e, ok := rb.As(err); ok {
		return nil, Problems{{File: e.File, Line: e.Line, Text: e.Text, Advice: e.Advice, Exit: exitMistake}}
	}
	r := &reader{file: file, result: result, env: env, used: map[string]bool{}}
	c := r.config()
	r.leftovers()
	if len(r.mistakes) > 0 {
		return nil, r.mistakes
	}
	c.Warnings = r.warnings
	return c, nil
}

// config derives what the file means, from what others depend on first.
func (r *reader) config() *Config {
	c := &Config{File: r.file, settings: r.result.Settings, Environment: r.result.Environment}
	c.Topology = r.topology()
	c.IPv6 = r.ipv6()
	r.refuseChefBackend()
	r.cluster(c)
	r.apiFQDN(c)
	c.HTTP = r.http(c)
	c.API = r.api()
	c.Database = r.database(c)
	if c.Topology == HA {
		c.HA, c.Keepalived = r.ha(), r.keepalived()
	}
	c.UseSecrets(r.env.Secrets)
	if c.Database != nil && c.Database.External {
		r.checkExternal(c.Database)
	}
	return c
}
