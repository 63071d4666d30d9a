package page

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// A Step is one of the documentation's.
type Step struct {
	Host string
	// Page is the command, or what is said in prose.
	Page string
	// Typed is for a shell. "" is Page.
	Typed string
	// Why says why Typed is not Page.
	Why string
	// Text, File or the output of Give on the host From is what Typed reads.
	Text, File, From, Give string
}

// typed is what a shell gets.
func (s Step) typed() string {
	if s.Typed == "" {
		return s.Page
	}
	return s.Typed
}

// Hosts are where steps are typed.
type Hosts interface {
	Command(ctx context.Context, host, name string, args ...string) (*exec.Cmd, error)
}

// Type types steps until one fails. What is typed, and what is answered, goes to
// out.
func Type(ctx context.Context, hosts Hosts, steps []Step, out io.Writer) error {
	for _, s := range steps {
		if err := s.run(ctx, hosts, out); err != nil {
			return fmt.Errorf("on %s: %s: %w", s.Host, s.Page, err)
		}
	}
	return nil
}

func (s Step) run(ctx context.Context, hosts Hosts, out io.Writer) error {
	if s.Why != "" {
		fmt.Fprintf(out, "%s: the page: %s\n%s: but:      %s\n", s.Host, s.Page, s.Host, s.Why)
	}
	if s.Typed == nothing {
		return nil
	}
	fmt.Fprintf(out, "%s# %s\n", s.Host, strings.ReplaceAll(s.typed(), "\n", "\n    > "))
	c, err := hosts.Command(ctx, s.Host, "sh", "-ec", s.typed())
	if err != nil {
		return err
	}
	input, err := s.input(ctx, hosts)
	if err != nil {
		return err
	}
	c.Stdin, c.Stdout, c.Stderr = input, out, out
	return errors.Join(c.Run(), input.Close())
}

// nothing is typed where a step does not apply.
const nothing = ":"

// input opens what Typed reads.
func (s Step) input(ctx context.Context, hosts Hosts) (io.ReadCloser, error) {
	switch {
	case s.File != "":
		return os.Open(s.File)
	case s.From == "":
		return io.NopCloser(strings.NewReader(s.Text)), nil
	}
	c, err := hosts.Command(ctx, s.From, "sh", "-ec", s.Give)
	if err != nil {
		return nil, err
	}
	var complaint bytes.Buffer
	c.Stderr = &complaint
	given, err := c.Output()
	if err != nil {
		return nil, fmt.Errorf("on %s: %s: %w: %s", s.From, s.Give, err, &complaint)
	}
	return io.NopCloser(bytes.NewReader(given)), nil
}
