package setup

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// environment keeps the variables that the configuration asked for: the
// server reads the same file, but is not started from this shell.
func (r *run) environment(context.Context) error {
	if len(r.c.Environment) == 0 {
		return r.absent(environment)
	}
	var b strings.Builder
	b.WriteString("# What chef-server.rb takes from ENV, as of the last chef-server-ctl reconfigure.\n")
	for _, name := range slices.Sorted(maps.Keys(r.c.Environment)) {
		fmt.Fprintf(&b, "%s=%s\n", name, quoted(r.c.Environment[name]))
	}
	return r.serverFile(environment, []byte(b.String()), 0o600)
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
