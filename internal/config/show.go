package config

import (
	"encoding/json"
	"fmt"
	"strings"

	"tournant/internal/config/rb"
)

// shown is what show-config prints.
type shown struct {
	File    *rb.Hash `json:"private_chef"` // as the original calls what the file says
	Derived *Config  `json:"tournant"`     // what is made of it
}

// Show returns the configuration as JSON, with every secret hidden.
func (c *Config) Show() ([]byte, error) {
	data, err := json.MarshalIndent(shown{File: withoutSecrets(c.settings), Derived: c}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("show the configuration: %w", err)
	}
	return append(data, '\n'), nil
}

// withoutSecrets hides what is called like a secret: rather one value too many
// than one too few.
func withoutSecrets(h *rb.Hash) *rb.Hash {
	out := rb.NewHash()
	for key, v := range h.All() {
		out.Set(key, shownValue(key, v))
	}
	return out
}

func shownValue(key string, v rb.Value) rb.Value {
	switch {
	case v.Kind == rb.Object:
		v.Hash = withoutSecrets(v.Hash)
	case v.Kind == rb.Array:
		items := make([]rb.Value, 0, len(v.List))
		for _, item := range v.List {
			items = append(items, shownValue(key, item))
		}
		v.List = items
	case isSecret(key) && v.Kind != rb.Nil:
		v = rb.Value{Kind: rb.String, Text: hidden}
	}
	return v
}

func isSecret(key string) bool {
	for _, part := range []string{"password", "secret", "token", "access_key", "session_key", "dsn"} {
		if strings.Contains(key, part) {
			return true
		}
	}
	return false
}
