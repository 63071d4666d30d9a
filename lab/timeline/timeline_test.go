package timeline_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/lab/load"
	"tournant/lab/timeline"
)

var update = flag.Bool("update", false, "write the golden files anew")

var zero = time.Date(2026, 11, 26, 10, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return zero.Add(time.Duration(seconds * float64(time.Second))) }

// powerCut is a run as it may be, with all that a picture can show.
func powerCut() *timeline.Record {
	r := &timeline.Record{
		Title: "Power cut: be2 takes over from be1",
		About: "Six clients & a frontend, which holds what it cannot pass on.",
		Note:  "Made up, for a test.",
		From:  at(-3), To: at(14), Zero: zero,
		Lanes: []timeline.Lane{
			{Name: "be1", What: "agent", Changes: []timeline.Change{
				{At: at(-60), To: "primary", Why: "primary"}, {At: at(0), To: timeline.Off}, {At: at(10), To: "standby", Why: "the peer is primary"},
				{At: at(12), To: "fenced", Why: `"<the volume>" & more`}, {At: at(13), To: "demoting"},
			}},
			{Name: "be2", What: "agent", Changes: []timeline.Change{
				{At: at(-60), To: "standby", Why: "the peer is primary"}, {At: at(0.7), To: "standby", Why: "the peer is silent"},
				{At: at(3), To: "promoting", Why: "PostgreSQL is starting"}, {At: at(6.2), To: "primary", Why: "primary"},
			}},
			{Name: "volume", What: "takes writes of", Changes: []timeline.Change{{At: at(-60), To: "be1"}, {At: at(0)}, {At: at(4.5), To: "be2"}}},
			{Name: "VIP", What: "172.31.24.180", Changes: []timeline.Change{{At: at(-60), To: "be1"}, {At: at(6), To: "be2"}}},
		},
		Marks: []timeline.Mark{{At: at(0), Text: "power cut", Fault: true}, {At: at(0.2), Text: "and soon after"}, {At: at(9.8), Text: "be1 is switched on again"}, {At: at(13.9), Text: "the end"}},
		Gaps:  []timeline.Gap{{From: at(-0.05), To: at(6.22), Of: "an acknowledged write"}, {From: at(6.5), To: at(6.8), Of: "a reason"}},
	}
	for ms := -3000; ms < 14000; ms += 50 {
		q := timeline.Request{Begun: at(float64(ms) / 1000), Ended: at(float64(ms)/1000 + 0.02)}
		switch {
		case ms >= -20 && ms < 300:
			q.Ended = at(6.21)
		case ms >= 300 && ms < 6200:
			continue // nobody is left who would ask
		case ms == 7000:
			q.Failed = true
		}
		r.Requests = append(r.Requests, q)
	}
	return r
}

func draw(t *testing.T, r *timeline.Record) string {
	t.Helper()
	var b bytes.Buffer
	if err := timeline.SVG(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	const file = "testdata/power-cut.svg"
	got := draw(t, powerCut())
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("look at the picture; if it is right, run this test with -update (-want +got):\n%s", diff)
	}
}

// The picture says in words what it shows.
func TestDescription(t *testing.T) {
	var svg struct {
		Role  string `xml:"role,attr"`
		Title string `xml:"title"`
		Desc  string `xml:"desc"`
	}
	if err := xml.Unmarshal([]byte(draw(t, powerCut())), &svg); err != nil {
		t.Fatal(err)
	}
	if want := "Power cut: be2 takes over from be1"; svg.Role != "img" || svg.Title != want {
		t.Errorf("role %q, title %q, want img, %q", svg.Role, svg.Title, want)
	}
	for _, want := range []string{
		"Six clients & a frontend", "0 s: power cut", "be1: no power, 0 s to +10 s", "be2: promoting, +3 s to +6.2 s", "volume: nobody, 0 s to +4.5 s",
		"VIP: be2, +6 s to +14 s", "requests: 215 answered within 250 ms, 6 answered after waiting longer, 1 failed", "6.27 s without an acknowledged write",
	} {
		if !strings.Contains(svg.Desc, want) {
			t.Errorf("the description lacks %q:\n%s", want, svg.Desc)
		}
	}
}

// A picture asks for nothing and runs nothing.
func TestStandsAlone(t *testing.T) {
	got := draw(t, powerCut())
	for _, no := range []string{"<script", "href", "@import", "url(http", "<image", "onload"} {
		if strings.Contains(got, no) {
			t.Errorf("the picture has %q", no)
		}
	}
}

func TestReadAgent(t *testing.T) {
	const log = `listening on 4020
{"time":"2026-11-26T10:00:01Z","level":"INFO","msg":"decided","state":"standby","was":"standby","reason":"the peer is primary","epoch":0}
{"time":"2026-11-26T10:00:02Z","level":"WARN","msg":"failed","action":"Observe","error":"no"}
{"time":"2026-11-26T10:00:03Z","level":"INFO","msg":"decided","state":"primary","was":"standby","reason":"primary","epoch":2}
{"time":"2026-11-26T10:00:04Z","level":"INFO","msg":"decided","state":"fen`
	got, err := timeline.ReadAgent(strings.NewReader(log))
	want := []timeline.Change{{At: at(1), To: "standby", Why: "the peer is primary"}, {At: at(3), To: "primary", Why: "primary"}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	without := timeline.Without(at(2), got)
	if want := (timeline.Change{At: at(2), To: timeline.Off}); len(without) != 3 || without[1] != want || len(got) != 2 {
		t.Errorf("without power: %v", without)
	}
	for _, bad := range []string{
		`{"time":"2026-11-26T10:00:01Z","msg":"decided","state":"king"}`, `{"msg":"decided","state":"primary"}`,
	} {
		if got, err := timeline.ReadAgent(strings.NewReader(bad + "\n")); err == nil {
			t.Errorf("%s reads as %v", bad, got)
		}
	}
}

func TestReadVolume(t *testing.T) {
	const log = `{"t":"2026-11-26T10:00:00Z","instance":"-","epoch":0,"offset":0,"len":0,"ok":true,"event":"opened","attachment":0}
{"t":"2026-11-26T10:00:01Z","instance":"be2","epoch":1,"offset":0,"len":0,"ok":true,"event":"attach","attachment":1}
{"t":"2026-11-26T10:00:02Z","instance":"be2","epoch":1,"offset":512,"len":512,"ok":true,"attachment":1}
{"t":"2026-11-26T10:00:03Z","instance":"be2","epoch":1,"offset":0,"len":0,"ok":true,"event":"cut","attachment":1}
{"t":"2026-11-2`
	got, err := timeline.ReadVolume(strings.NewReader(log))
	want := []timeline.Change{{At: at(0)}, {At: at(1), To: "be2"}, {At: at(3)}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, err := timeline.ReadVolume(strings.NewReader("no JSON\n")); err == nil {
		t.Error("a log that is none is read")
	}
}

func TestRequests(t *testing.T) {
	h := load.History{
		{Kind: load.Get, Status: 200, Call: at(0), Return: at(1)},
		{Kind: load.Create, Status: 503, Call: at(1), Return: at(2)},
	}
	want := []timeline.Request{{Begun: at(0), Ended: at(1)}, {Begun: at(1), Ended: at(2), Failed: true}}
	if diff := cmp.Diff(want, timeline.Requests(h)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What does not show can be left out without a change to the picture.
func TestClip(t *testing.T) {
	r := powerCut()
	r.From, r.To = at(-1), at(4)
	want := draw(t, r)
	r.Clip()
	if diff := cmp.Diff(want, draw(t, r)); diff != "" {
		t.Errorf("clipping changes the picture:\n%s", diff)
	}
	for _, l := range r.Lanes {
		if n := len(l.Changes); n == 0 || l.Changes[n-1].At.After(r.To) {
			t.Errorf("%s has %v", l.Name, l.Changes)
		}
	}
	if len(r.Marks) != 2 || len(r.Requests) > 100 {
		t.Errorf("%d marks and %d requests are left", len(r.Marks), len(r.Requests))
	}
}

func TestReadWhatWasWritten(t *testing.T) {
	var b bytes.Buffer
	want := powerCut()
	if err := want.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := timeline.Read(&b)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestRefused(t *testing.T) {
	for name, spoil := range map[string]func(*timeline.Record){
		"to is not after from":       func(r *timeline.Record) { r.To = r.From },
		"at most 24h0m0s":            func(r *timeline.Record) { r.To = r.From.Add(25 * time.Hour) },
		"zero is more than 24h0m0s":  func(r *timeline.Record) { r.Zero = time.Time{} },
		"17 lanes":                   func(r *timeline.Record) { r.Lanes = make([]timeline.Lane, 17) },
		"gaps[0] ends before":        func(r *timeline.Record) { r.Gaps[0].To = at(-9) },
		"requests[3] ends before it": func(r *timeline.Record) { r.Requests[3].Ended = at(-99) },
	} {
		r := powerCut()
		spoil(r)
		if err := timeline.SVG(io.Discard, r); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want an error with %q", err, name)
		}
	}
	if _, err := timeline.Read(strings.NewReader(`{"titel":"x"}`)); err == nil {
		t.Error("a record with a field that there is not is read")
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestWriterFails(t *testing.T) {
	if timeline.SVG(full{}, powerCut()) == nil || powerCut().Write(full{}) == nil {
		t.Error("nobody hears of a writer's failure")
	}
}
