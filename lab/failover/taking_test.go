package failover

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"tournant/lab/cluster"
)

// start is when the fault of a made-up run is; its other times are in seconds after it.
var start = time.Date(2026, 11, 26, 7, 0, 0, 0, time.UTC)

func at(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }

// beat is a line of a volume's log: a write to the epoch block.
func beat(seconds int, host string, epoch int, ok bool) string {
	return fmt.Sprintf(`{"t":%q,"instance":%q,"epoch":%d,"offset":%d,"len":512,"ok":%v,"attachment":1}`+"\n", at(seconds).Format(time.RFC3339Nano), host, epoch, cluster.EpochOffset, ok)
}

func TestTakings(t *testing.T) {
	data := strings.Replace(beat(9, "be2", 7, true), fmt.Sprint(cluster.EpochOffset), "8388608", 1)
	log := beat(-9, "be1", 2, true) + beat(-1, "be1", 2, true) + beat(4, "be2", 3, false) + beat(5, "be2", 3, true) + beat(6, "be2", 3, true) + data + beat(10, "be1", 4, true)
	got, err := takings(strings.NewReader(log))
	if err != nil {
		t.Fatal(err)
	}
	want := []taking{{"be1", 2, at(-9)}, {"be2", 3, at(5)}, {"be1", 4, at(10)}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if _, err := takings(strings.NewReader("{}\n{\n")); err == nil {
		t.Error("half a line is read")
	}
}

func TestJudgeTakings(t *testing.T) {
	const (
		any, few  = "though nothing had become", "too often"
		back, end = "came back to a host", "after all was well"
	)
	for _, c := range []struct {
		name string
		row  Row
		log  string
		want []string
	}{
		{"the other takes over", Row{Takings: 1}, beat(5, "be2", 3, true), nil},
		{"the same takes it again", Row{Takings: 1}, beat(5, "be1", 3, true), nil},
		{"nobody has to", Row{Stays: true}, "", nil},
		{"nobody had to", Row{Stays: true}, beat(5, "be1", 3, true), []string{any}},
		{"it comes back", Row{}, beat(5, "be2", 3, true) + beat(9, "be1", 4, true), []string{back}},
		{"and may", Row{Returns: true}, beat(5, "be2", 3, true) + beat(9, "be1", 4, true), nil},
		{"the other takes it twice", Row{Takings: 1}, beat(5, "be2", 3, true) + beat(6, "be2", 4, true), []string{few}},
		{"and may", Row{}, beat(5, "be2", 3, true) + beat(6, "be2", 4, true), nil},
		{"failback", Row{Takings: 1}, beat(5, "be2", 3, true) + beat(21, "be1", 4, true), []string{few, back, end}},
		{"the same again, late", Row{}, beat(5, "be2", 3, true) + beat(21, "be2", 4, true), []string{end}},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, err := takings(strings.NewReader(beat(-9, "be1", 2, true) + c.log))
			if err != nil {
				t.Fatal(err)
			}
			r := Result{hurt: start, well: at(20)}
			r.judgeTakings(c.row, "be1", all)
			if len(r.Wrong) != len(c.want) {
				t.Fatalf("got %q, want %q", r.Wrong, c.want)
			}
			for i, want := range c.want {
				if !strings.Contains(r.Wrong[i], want) {
					t.Errorf("got %q, want %q", r.Wrong[i], want)
				}
			}
		})
	}
}
