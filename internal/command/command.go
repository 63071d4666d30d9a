// Package command runs the host's own commands.
package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// Failure is a command that ended with another code than 0.
type Failure struct {
	Command string
	Code    int
	Text    string // its standard error
}

func (f *Failure) Error() string {
	return fmt.Sprintf("%s ended with code %d: %s", f.Command, f.Code, strings.TrimSpace(f.Text))
}

// Host runs commands on this host, in the C locale.
type Host struct{}

// Output runs a command and returns what it wrote to standard output. If it
// ends with another code than 0, the error is a *Failure.
func (h Host) Output(ctx context.Context, name string, args ...string) (string, error) {
	return h.Feed(ctx, "", name, args...)
}

// Feed runs a command, as Output does, with something on its standard input.
func (Host) Feed(ctx context.Context, input, name string, args ...string) (string, error) {
	c := exec.CommandContext(ctx, name, args...) //nolint:gosec // the names are constants, the arguments ours
	c.Env = append(os.Environ(), "LC_ALL=C", "SYSTEMD_PAGER=", "SYSTEMD_COLORS=0", "LVM_SUPPRESS_FD_WARNINGS=1")
	if input != "" {
		c.Stdin = strings.NewReader(input)
	}
	out, err := c.Output()
	var ended *exec.ExitError
	if errors.As(err, &ended) {
		return string(out), &Failure{Command: strings.Join(c.Args, " "), Code: ended.ExitCode(), Text: string(ended.Stderr)}
	}
	if err != nil {
		return "", fmt.Errorf("run %s: %w", name, err)
	}
	return string(out), nil
}

// Follow runs a command whose output goes to out, until it ends or ctx does.
func (Host) Follow(ctx context.Context, out io.Writer, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...) //nolint:gosec // the names are constants, the arguments ours
	c.Stdout, c.Stderr = out, out
	if err := c.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	return nil
}
