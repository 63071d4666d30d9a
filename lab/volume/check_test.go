package volume_test

import (
	"os"
	"strings"
	"testing"

	"tournant/lab/volume"
)

func TestCheck(t *testing.T) {
	const t0 = `{"t":"2026-11-26T07:00:00Z","instance":`
	line := func(host, rest string) string { return t0 + `"` + host + `","epoch":` + rest + "}\n" }
	attach1 := line("be1", `3,"offset":0,"len":0,"ok":true,"event":"attach","attachment":1`)
	cut1 := line("be1", `3,"offset":0,"len":0,"ok":true,"event":"cut","attachment":1`)
	attach2 := line("be2", `3,"offset":0,"len":0,"ok":true,"event":"attach","attachment":2`)
	write := func(host string, n string, epoch string, ok string) string {
		return line(host, epoch+`,"offset":4096,"len":512,"ok":`+ok+`,"attachment":`+n)
	}
	for _, row := range []struct {
		name, log string
		// want is part of the violation, or empty.
		want string
	}{
		{"nothing", "", ""},
		{"one writer after the other", attach1 + write("be1", "1", "3", "true") + cut1 + attach2 + write("be2", "2", "4", "true"), ""},
		{"late writes refused", attach1 + cut1 + write("be1", "1", "3", "false") + attach2 + write("be1", "1", "3", "false"), ""},
		{"a last line cut short", attach1 + write("be1", "1", "3", "true")[:40], ""},
		{"a crash of the lab", attach1 + line("-", `0,"offset":0,"len":0,"ok":true,"event":"opened","attachment":0`) + attach2, ""},
		{"nobody attached", write("be1", "1", "3", "true"), "not attached"},
		{"after the cut", attach1 + cut1 + write("be1", "1", "3", "true"), "not attached"},
		{"another's", attach1 + write("be2", "1", "3", "true"), "not attached"},
		{"an earlier attachment of the same host", attach1 + cut1 + line("be1", `3,"offset":0,"len":0,"ok":true,"event":"attach","attachment":2`) + write("be1", "1", "3", "true"), "not attached"},
		{"two attached", attach1 + attach2, "still is"},
		{"a cut of nobody", cut1, "not attached"},
		{"the epoch goes back", attach1 + write("be1", "1", "4", "true") + write("be1", "1", "3", "true"), "went back from 4"},
		{"unknown event", line("be1", `3,"offset":0,"len":0,"ok":true,"event":"moved","attachment":1`), "not known"},
	} {
		t.Run(row.name, func(t *testing.T) {
			report, err := volume.Check(strings.NewReader(row.log))
			if err != nil {
				t.Fatal(err)
			}
			got := strings.Join(report.Violations, "\n")
			if (row.want == "") != (got == "") || !strings.Contains(got, row.want) {
				t.Errorf("violations %q, want %q", got, row.want)
			}
		})
	}
	if _, err := volume.Check(strings.NewReader("{}\nnot json\n")); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("a line that is not JSON: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte(`{"t":"2026-11-26T07:00:00Z","instance":"be1","epoch":1,"offset":0,"len":0,"ok":true,"event":"attach","attachment":1}` + "\n"))
	f.Add([]byte("{}\n{}"))
	f.Fuzz(func(t *testing.T, log []byte) {
		report, err := volume.Check(strings.NewReader(string(log)))
		if err == nil && report.Accepted > 0 && report.Attachments == 0 && len(report.Violations) == 0 {
			t.Errorf("writes without an attachment are all right: %q", log)
		}
	})
}

func TestCreateRefusesOddSizes(t *testing.T) {
	for _, size := range []int64{0, 4 << 20, 64<<20 + 1} {
		name := t.TempDir() + "/image"
		if err := volume.Create(name, size); err == nil {
			t.Errorf("an image of %d bytes was made", size)
		}
		if _, err := os.Stat(name); err == nil {
			t.Errorf("a file of %d bytes was left behind", size)
		}
	}
}
