package ctl

import (
	"context"
	"slices"
	"strings"

	"tournant/internal/storage"
)

// shown prints each command that changes something before it is run.
type shown struct {
	storage.Runner
	print func(format string, args ...any)
}

// looks are the commands that change nothing.
var looks = []string{"blkid", "pvs", "vgs", "lvs"}

func (s shown) Output(ctx context.Context, name string, args ...string) (string, error) {
	if !slices.Contains(looks, name) {
		s.print("$ %s", typed(name, args))
	}
	return s.Runner.Output(ctx, name, args...)
}

func (s shown) Feed(ctx context.Context, input, name string, args ...string) (string, error) {
	s.print("$ printf '%%s' %s | %s", word(input), typed(name, args))
	return s.Runner.Feed(ctx, input, name, args...)
}

// typed is a command as a person types it.
func typed(name string, args []string) string {
	words := []string{name}
	for _, a := range args {
		words = append(words, word(a))
	}
	return strings.Join(words, " ")
}

// word is one word to a shell.
func word(s string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+./:,%@"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
