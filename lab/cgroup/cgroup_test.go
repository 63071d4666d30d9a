package cgroup_test

import (
	"fmt"
	"os"
	"testing"

	"tournant/lab/cgroup"
)

// A group that goes away while it is read has no processes.
func TestProcessesOfOneThatGoes(t *testing.T) {
	root, err := cgroup.Root()
	if err != nil {
		t.Fatal(err)
	}
	g := root.Child(fmt.Sprintf("tournant-lab-cgroup-test-%d", os.Getpid()))
	t.Cleanup(func() { _ = g.Remove() })
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			default:
			}
			if pids, err := g.Processes(); err != nil || len(pids) > 0 {
				t.Errorf("got %v, %v, want none", pids, err)
				return
			}
		}
	}()
	for range 2000 {
		if err := g.Make(); err != nil {
			t.Fatal(err)
		}
		if err := g.Remove(); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	<-done
}
