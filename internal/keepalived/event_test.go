package keepalived

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	for line, want := range map[string]Event{
		`INSTANCE "PC_VI" MASTER 150`:              {"PC_VI", Master, 150},
		`INSTANCE "PC_VI" BACKUP 100`:              {"PC_VI", Backup, 100},
		`INSTANCE "V" FAULT 0`:                     {"V", Fault, 0},
		`INSTANCE "V" STOP 255`:                    {"V", Stop, 255},
		`INSTANCE "V" MASTER_RX_LOWER_PRI 100`:     {"V", Contested, 100},
		`INSTANCE "two "words" STOP 1" BACKUP 100`: {`two "words" STOP 1`, Backup, 100},
	} {
		got, err := Parse(line)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", line, got, err, want)
		}
	}
	for _, line := range []string{
		"", "MASTER", `GROUP "PC_GROUP" MASTER 0`, `INSTANCE "PC_VI`, `INSTANCE "PC_VI" MASTER`, `INSTANCE "PC_VI" MASTER `,
		`INSTANCE "PC_VI" MASTER 256`, `INSTANCE "PC_VI" MASTER -1`, `INSTANCE "PC_VI" LEADER 100`, `INSTANCE "PC_VI" MASTER 100 0`,
	} {
		if got, err := Parse(line); err == nil {
			t.Errorf("%q: %+v, want an error", line, got)
		}
	}
}

func TestLines(t *testing.T) {
	const one = "INSTANCE \"V\" BACKUP 100\n"
	long := strings.Repeat("x", longest)
	for name, test := range map[string]struct {
		pieces []string
		want   []State
		errors int
	}{
		"whole":               {[]string{one}, []State{Backup}, 0},
		"two at once":         {[]string{one + "INSTANCE \"V\" MASTER 100\n"}, []State{Backup, Master}, 0},
		"in pieces":           {[]string{"INST", "ANCE \"V\" BACK", "UP 100", "\n"}, []State{Backup}, 0},
		"without an end":      {[]string{"INSTANCE \"V\" MASTER 100"}, nil, 0},
		"garbage between":     {[]string{"\x00\xff\nMASTER\n" + one}, []State{Backup}, 2},
		"too long":            {[]string{"y" + long + "\n" + one}, []State{Backup}, 1},
		"too long, in pieces": {[]string{long, long, long, "\n", one}, []State{Backup}, 1},
	} {
		var l lines
		var got []State
		failed := 0
		for _, piece := range test.pieces {
			l.feed([]byte(piece), func(e Event) { got = append(got, e.State) }, func(error) { failed++ })
		}
		if diff := cmp.Diff(test.want, got); diff != "" || failed != test.errors {
			t.Errorf("%s: %d errors, want %d; %s", name, failed, test.errors, diff)
		}
	}
}

// FuzzLines checks that the FIFO's readers survive anything, and that how the
// text is cut does not change what it says.
func FuzzLines(f *testing.F) {
	f.Add([]byte("INSTANCE \"PC_VI\" MASTER 150\nINSTANCE \"PC_VI\" BACKUP 100\n"), 7)
	f.Add([]byte("GROUP \"G\" MASTER 0\n\n\"\n"), 1)
	f.Add([]byte(strings.Repeat("x", longest+1)+"\nINSTANCE \"V\" STOP 0\n"), 100)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		read := func(size int) (events []Event, failed int) {
			var l lines
			for rest := text; len(rest) > 0; {
				n := min(size, len(rest))
				l.feed(rest[:n], func(e Event) { events = append(events, e) }, func(error) { failed++ })
				rest = rest[n:]
			}
			return events, failed
		}
		whole, wrong := read(len(text))
		cut, wrongToo := read(max(1, size))
		if diff := cmp.Diff(whole, cut); diff != "" || wrong != wrongToo {
			t.Errorf("in pieces of %d: %d errors, whole %d; %s", size, wrongToo, wrong, diff)
		}
	})
}
