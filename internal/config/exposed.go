package config

import (
	"fmt"
	"os"
	"strings"

	"tournant/internal/config/rb"
)

// exposed warns of secrets that stand in a file which everybody on the host can
// read. One that comes from ENV does not stand there.
func (c *Config) exposed(file, source string) {
	info, err := os.Stat(file)
	if err != nil || info.Mode()&0o007 == 0 {
		return
	}
	if names := secretsIn(c.settings, source, ""); len(names) > 0 {
		c.Warnings = append(c.Warnings, Problem{
			File: file, Text: "everybody on this host can read this file, and it has " + strings.Join(names, ", "), Advice: "chmod 600 " + file,
		})
	}
}

// secretsIn names the secrets among the settings whose values the source has.
func secretsIn(h *rb.Hash, source, within string) (names []string) {
	for key, v := range h.All() {
		name := key
		if within != "" {
			name = fmt.Sprintf("%s['%s']", within, key)
		}
		switch {
		case v.Kind == rb.Object:
			names = append(names, secretsIn(v.Hash, source, name)...)
		case isSecret(key) && v.Kind == rb.String && v.Text != "" && strings.Contains(source, v.Text):
			names = append(names, name)
		}
	}
	return names
}
