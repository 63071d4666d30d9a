package setup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
)

// environment keeps the variables that the configuration asked for: the
// server reads the same file, but is not started from this shell.
func (r *run) environment(context.Context) error {
	if len(r.c.Environment) == 0 {
		return r.absent(EnvironmentFile)
	}
	return r.serverFile(EnvironmentFile, environmentText(r.c.Environment), 0o600)
}

func environmentText(variables map[string]string) []byte {
	var b strings.Builder
	b.WriteString("# What chef-server.rb takes from ENV, as of the last chef-server-ctl reconfigure.\n")
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		fmt.Fprintf(&b, "%s=%s\n", name, quoted(variables[name]))
	}
	return []byte(b.String())
}

// KeptEnvironment reads an EnvironmentFile: what the last reconfigure found in
// ENV. No file is no variables. sudo passes none on, so that a later reconfigure
// knows them by this alone.
func KeptEnvironment(file string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // a nil map has no variables
	}
	if err != nil {
		return nil, fmt.Errorf("read what ENV said at the last reconfigure: %w", err)
	}
	return parseEnvironment(string(text)), nil
}

// parseEnvironment is the inverse of what environment writes. Of what a person
// wrote it reads lines of NAME=VALUE, and passes over what is none.
func parseEnvironment(text string) map[string]string {
	variables := map[string]string{}
	for text != "" {
		var line string
		if before, rest, ok := strings.Cut(text, "=\""); ok && !strings.Contains(before, "\n") && !strings.HasPrefix(before, "#") {
			variables[before], text = unquoted(rest)
			continue
		}
		line, text, _ = strings.Cut(text, "\n")
		if name, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(name, "#") {
			variables[name] = value
		}
	}
	return variables
}

// unquoted is the value that ends at the next quote, and what follows its line.
func unquoted(s string) (value, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			_, rest, _ = strings.Cut(s[i:], "\n")
			return b.String(), rest
		case s[i] == '\\' && i+1 < len(s):
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), ""
}

// quoted is a value as systemd.exec(5) reads it in an EnvironmentFile.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`").Replace(s) + `"`
}

// absent takes away a file that is of no use any more.
func (r *run) absent(name string) error {
	if !exists(r.path(name)) {
		return nil
	}
	if err := r.outdate(); err != nil {
		return err
	}
	if err := os.Remove(r.path(name)); err != nil {
		return fmt.Errorf("remove what is of no use: %w", err)
	}
	r.changed("removed %s", name)
	return nil
}
