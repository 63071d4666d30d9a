package storage

import (
	"context"

	"tournant/internal/command"
)

// Host is where this host's kernel shows its block devices and processes, and
// how its storage commands are run.
type Host struct {
	Sys  string // as /sys
	Dev  string // as /dev
	Proc string // as /proc
	Run  Runner
}

// Runner runs commands. One that ends with another code than 0 is a
// *command.Failure.
type Runner interface {
	Output(ctx context.Context, name string, args ...string) (string, error)
	Feed(ctx context.Context, input, name string, args ...string) (string, error)
}

// OnHost is this host.
func OnHost() *Host {
	return &Host{Sys: "/sys", Dev: "/dev", Proc: "/proc", Run: command.Host{}}
}
