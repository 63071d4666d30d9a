package machine

import (
	"errors"
	"fmt"
	"os"
	"os/signal"

	"golang.org/x/sys/unix"
)

// Init returns at once in any process but a machine's first, which it is the
// whole life of.
func Init() {
	file := os.Getenv(specVariable)
	if file == "" || os.Getpid() != 1 {
		return
	}
	err := live(file)
	fmt.Fprintln(os.Stderr, "machine: init:", err)
	os.Exit(1)
}

// live is what the first process does, until the machine's power is cut.
func live(file string) error {
	spec, err := readSpec(file)
	if err != nil {
		return err
	}
	if err := os.Unsetenv(specVariable); err != nil {
		return err
	}
	if err := errors.Join(enterRoot(spec), unix.Sethostname([]byte(spec.Name))); err != nil {
		return err
	}
	children := make(chan os.Signal, 1)
	signal.Notify(children, unix.SIGCHLD)
	s, err := newSupervisor(spec.Units)
	if err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- s.serve(socketInside) }()
	s.boot()
	for {
		select {
		case <-children:
			s.reap()
		case err := <-served:
			return err
		}
	}
}
