package config

import (
	"encoding/json"
	"fmt"
	"os"
)

// SecretsFile is where the hosts of one server have their secrets, beside
// chef-server.rb.
const SecretsFile = "private-chef-secrets.json"

// SecretName names a secret as the original does.
type SecretName struct{ Group, Name string }

// The secrets that are kept there.
var (
	SecretDatabase = SecretName{"postgresql", "db_superuser_password"}
	SecretVRRP     = SecretName{"keepalived", "vrrp_instance_password"}
	SecretStats    = SecretName{"opscode_erchef", "stats_password"}
	SecretHA       = SecretName{"ha", "shared_secret"} // by which agents and frontends know each other
)

func (n SecretName) String() string { return setting(n.Group, n.Name) }

// Secrets are those of a file. What others keep in it is kept as it is. A nil
// Secrets has none.
type Secrets struct {
	groups map[string]json.RawMessage
	values map[SecretName]Secret
}

// ReadSecrets reads a file of secrets.
func ReadSecrets(file string) (*Secrets, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the secrets: %w", err)
	}
	s := &Secrets{values: map[SecretName]Secret{}}
	if err := json.Unmarshal(data, &s.groups); err != nil {
		return nil, fmt.Errorf("read the secrets: %s is no JSON: %w", file, err)
	}
	for group, raw := range s.groups {
		var members map[string]json.RawMessage
		if json.Unmarshal(raw, &members) != nil {
			continue // not one of ours
		}
		for name, raw := range members {
			var value string
			if json.Unmarshal(raw, &value) == nil {
				s.values[SecretName{group, name}] = Secret(value)
			}
		}
	}
	return s, nil
}

// Get returns a secret, or "".
func (s *Secrets) Get(name SecretName) Secret {
	if s == nil {
		return ""
	}
	return s.values[name]
}

// With returns the secrets and some more.
func (s *Secrets) With(more map[SecretName]Secret) (*Secrets, error) {
	all := &Secrets{groups: map[string]json.RawMessage{}, values: map[SecretName]Secret{}}
	if s != nil {
		for group, raw := range s.groups {
			all.groups[group] = raw
		}
		for name, value := range s.values {
			all.values[name] = value
		}
	}
	for name, value := range more {
		members := map[string]json.RawMessage{}
		if raw, ok := all.groups[name.Group]; ok {
			if err := json.Unmarshal(raw, &members); err != nil {
				return nil, fmt.Errorf("add %s: its group is no object: %w", name, err)
			}
		}
		var err error
		if members[name.Name], err = json.Marshal(value.Reveal()); err != nil {
			return nil, fmt.Errorf("add %s: %w", name, err)
		}
		if all.groups[name.Group], err = json.Marshal(members); err != nil {
			return nil, fmt.Errorf("add %s: %w", name, err)
		}
		all.values[name] = value
	}
	return all, nil
}

// Encode returns the content of the file.
func (s *Secrets) Encode() ([]byte, error) {
	data, err := json.MarshalIndent(s.groups, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the secrets: %w", err)
	}
	return append(data, '\n'), nil
}

// Needed are the secrets that this configuration takes from the file, because
// chef-server.rb does not give them.
func (c *Config) Needed() []SecretName {
	var needed []SecretName
	if !c.gives(SecretStats) {
		needed = append(needed, SecretStats)
	}
	if c.Database != nil && !c.Database.External && !c.gives(SecretDatabase) {
		needed = append(needed, SecretDatabase)
	}
	if c.Keepalived != nil && !c.gives(SecretVRRP) {
		needed = append(needed, SecretVRRP)
	}
	if c.HA != nil {
		needed = append(needed, SecretHA)
	}
	return needed
}

// UseSecrets fills in what chef-server.rb leaves to the file of secrets.
func (c *Config) UseSecrets(s *Secrets) {
	if c.API.StatsPassword == "" {
		c.API.StatsPassword = s.Get(SecretStats)
	}
	if c.Database != nil && c.Database.Password == "" {
		c.Database.Password = s.Get(SecretDatabase)
	}
	if c.Keepalived != nil && c.Keepalived.Password == "" {
		c.Keepalived.Password = s.Get(SecretVRRP)
	}
	if c.HA != nil {
		c.HA.SharedSecret = s.Get(SecretHA)
	}
}

// gives tells whether chef-server.rb itself says a secret.
func (c *Config) gives(name SecretName) bool {
	group, _ := c.settings.Get(name.Group)
	v, ok := group.Hash.Get(name.Name)
	return ok && v.Text != ""
}
