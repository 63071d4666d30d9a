package main

import (
	"os"
	"strings"
	"testing"
)

// TestUnits: what the packages' units run are commands that there are, with
// flags that they have.
func TestUnits(t *testing.T) {
	for _, unit := range []string{"tournant.service", "tournant-ha.service"} {
		text, err := os.ReadFile("../../packaging/systemd/" + unit)
		if err != nil {
			t.Fatal(err)
		}
		run := 0
		for line := range strings.Lines(string(text)) {
			_, words, ok := strings.Cut(strings.TrimSpace(line), "=/usr/bin/tournant ")
			if !ok {
				continue
			}
			run++
			root := command()
			c, args, err := root.Find(strings.Fields(words))
			if err != nil || c == root {
				t.Errorf("%s: there is no %s: %v", unit, words, err)
			} else if err := c.ParseFlags(args); err != nil {
				t.Errorf("%s: %s: %v", unit, words, err)
			}
		}
		if run == 0 {
			t.Errorf("%s runs nothing of ours", unit)
		}
	}
}
