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
	"time"
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

// lingering is how long what a command started may keep its output open when it
// has ended, as a daemon does that forgot to close it.
const lingering = time.Second

// Output runs a command and returns what it wrote to standard output. If it
// ends with another code than 0, the error is a *Failure; if it was killed
// because ctx ended, that of ctx.
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
	c.WaitDelay = lingering
	out, err := c.Output()
	var ended *exec.ExitError
	switch {
	case errors.Is(err, exec.ErrWaitDelay): // it ended with 0
		return string(out), nil
	case err != nil && ctx.Err() != nil:
		return "", fmt.Errorf("run %s: %w", name, ctx.Err())
	case errors.As(err, &ended):
		return string(out), &Failure{Command: strings.Join(c.Args, " "), Code: ended.ExitCode(), Text: string(ended.Stderr)}
	case err != nil:
		return "", fmt.Errorf("run %s: %w", name, err)
	}
	return string(out), nil
}

// Follow runs a command whose output goes to out, until it ends or ctx does.
func (Host) Follow(ctx context.Context, out io.Writer, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...) //nolint:gosec // the names are constants, the arguments ours
	c.Stdout, c.Stderr, c.WaitDelay = out, out, lingering
	if err := c.Run(); err != nil && ctx.Err() == nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	return nil
}
