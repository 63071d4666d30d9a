package demo_test

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"tournant/lab/demo"
)

var update = flag.Bool("update", false, "write the golden files anew")

func frame() demo.Frame {
	return demo.Frame{
		Since: 75 * time.Second, Act: "3 of 6, a power cut",
		Story: "be1 has lost its power: nothing was shut down, nothing written back. The frontends hold what they are asked. be2 makes sure that be1 is gone, takes the volume from it, and goes on.",
		Hosts: []demo.Host{
			{Name: "be1", Power: demo.Cut},
			{Name: "be2", Power: demo.On, State: "promoting", Reason: "PostgreSQL is starting", Epoch: 3},
			{Name: "be3", Power: demo.On}, {Name: "be4"},
		},
		Volume: "be2", Address: "be1", Nodes: 40,
		Tally: demo.Tally{
			Served: 812, Released: 40, Held: 39, Failed: 1, Acknowledged: 401, ReadBack: 380, Lost: 2,
			Slots: []time.Duration{0, 5 * time.Millisecond, 20 * time.Millisecond, 90 * time.Millisecond, 200 * time.Millisecond, time.Second, 2 * time.Second, 9 * time.Second, time.Minute},
		},
		Told: []demo.Line{
			{At: 60 * time.Second, Text: "too old to be seen"},
			{At: 62 * time.Second, Text: "3 of 6, a power cut", More: "not seen here", Loud: true},
			{At: 63200 * time.Millisecond, Text: "be2 is standby: the peer's agent does not answer; whether it is gone is being confirmed"},
			{At: 74 * time.Second, Text: "be2 is promoting: PostgreSQL is starting"},
		},
	}
}

func TestView(t *testing.T) {
	for name, colour := range map[string]bool{"testdata/frame.txt": false, "testdata/frame.ansi": true} {
		got := strings.Join(demo.View(frame(), 100, 23, colour), "\n") + "\n"
		if *update {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s: look at it; if it is right, run this test with -update (-want +got):\n%s", name, diff)
		}
	}
}

// Whatever the size of the terminal, no line wraps and none scrolls away.
func TestViewFits(t *testing.T) {
	for width := range 130 {
		for _, height := range []int{1, 2, 10, 24, 100} {
			lines := demo.View(frame(), width, height, false)
			if len(lines) > max(1, height-1) {
				t.Errorf("%d lines on a terminal of %d", len(lines), height)
			}
			for _, l := range lines {
				if n := utf8.RuneCountInString(l); n > width {
					t.Errorf("%d columns on a terminal of %d: %q", n, width, l)
				}
			}
		}
	}
}

// A block is drawn over itself, also when it gets smaller.
func TestCanvas(t *testing.T) {
	var out bytes.Buffer
	c := demo.NewCanvas(&out)
	c.Draw([]string{"one", "two"})
	c.Draw([]string{"three"})
	c.Draw([]string{"four", "five"})
	want := "one\x1b[K\ntwo\x1b[K\n" + "\x1b[2A\rthree\x1b[K\n\x1b[J" + "\x1b[1A\rfour\x1b[K\nfive\x1b[K\n"
	if got := out.String(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
