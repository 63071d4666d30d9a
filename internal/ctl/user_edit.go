package ctl

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/spf13/cobra"
)

func (a *app) userEdit() *cobra.Command {
	var input, file string
	c := &cobra.Command{
		Use:     "user-edit USERNAME [flags]",
		Short:   "Edit a user's JSON in $EDITOR",
		Example: "  EDITOR=vi " + name + " user-edit alice",
		Args:    exactly(1, "You must specify a user name"),
		RunE: a.with(func(ctx context.Context, s *session, args []string) error {
			return a.editUser(ctx, s, args[0], input, file)
		}),
	}
	c.Flags().StringVarP(&input, "input", "i", "", "take the JSON from `FILE` rather than from an editor")
	c.Flags().StringVarP(&file, "filename", "f", "", "write a private key that this makes to `FILE` (0600) rather than print it")
	return c
}

func (a *app) editUser(ctx context.Context, s *session, user, input, file string) (err error) {
	var before json.RawMessage
	if err := s.call(ctx, http.MethodGet, at("users", user), nil, &before); err != nil {
		return err
	}
	after, err := a.edited(ctx, before, input)
	if err != nil {
		return err
	}
	if same, err := sameJSON(before, after); err != nil || same {
		if same {
			a.print("User unchanged, not saving.")
		}
		return err
	}
	target, err := a.openKey(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, target.close()) }()
	var saved struct {
		PrivateKey string `json:"private_key"`
	}
	if err := s.call(ctx, http.MethodPut, at("users", user), json.RawMessage(after), &saved); err != nil {
		return err
	}
	a.print("Saved %s.", user)
	if saved.PrivateKey == "" {
		return nil
	}
	return target.write(saved.PrivateKey)
}

// edited returns the JSON as the caller wants it.
func (a *app) edited(ctx context.Context, before []byte, input string) ([]byte, error) {
	if input != "" {
		after, err := os.ReadFile(input)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", input, err)
		}
		return after, nil
	}
	editor := cmp.Or(a.Getenv("VISUAL"), a.Getenv("EDITOR"))
	if editor == "" {
		return nil, fatal("Please set EDITOR environment variable, or give --input FILE.")
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, before, "", "  "); err != nil {
		return nil, fmt.Errorf("read the user: %w", err)
	}
	pretty.WriteByte('\n')
	return a.edit(ctx, editor, pretty.Bytes())
}

// edit runs an editor over text in a file that only the caller can read. The
// editor is a shell command, as in the variable it comes from.
func (a *app) edit(ctx context.Context, editor string, text []byte) (_ []byte, err error) {
	dir, err := os.MkdirTemp("", name)
	if err != nil {
		return nil, fmt.Errorf("edit: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	file := filepath.Join(dir, "user.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		return nil, fmt.Errorf("edit: %w", err)
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", editor+` "$1"`, editor, file) //nolint:gosec // the editor is what the operator has in EDITOR
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.Stdin, a.Stdout, a.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fail("The editor %q failed: %v", editor, err)
	}
	after, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("edit: %w", err)
	}
	return after, nil
}

// sameJSON compares two documents apart from their spacing.
func sameJSON(a, b []byte) (bool, error) {
	var x, y bytes.Buffer
	if err := json.Compact(&x, a); err != nil {
		return false, fmt.Errorf("read the user: %w", err)
	}
	if err := json.Compact(&y, b); err != nil {
		return false, fail("ERROR: That is no JSON: %v", err)
	}
	return bytes.Equal(x.Bytes(), y.Bytes()), nil
}
