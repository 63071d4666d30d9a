package demo_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/lab/demo"
)

func TestTyped(t *testing.T) {
	var told []string
	w := demo.NewTyped(func(s string) { told = append(told, s) })
	const text = "be1: the page: sudo x\nbe1# sudo chef-server-ctl reconfigure\nbe1 # no\nReading # lists\n    > and more\nfe2# last"
	for _, b := range []byte(text + "\nno end") {
		fmt.Fprintf(w, "%c", b) // in pieces, as pipes give it
	}
	if diff := cmp.Diff([]string{"be1# sudo chef-server-ctl reconfigure", "fe2# last"}, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
