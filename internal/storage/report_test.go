package storage

import (
	"testing"
)

// What real lvm(8) says is tested with real lvm(8); this is what it says about
// a disk that is missing, and anything else that may come.
func TestPhysicalVolumeNumbers(t *testing.T) {
	r, err := parseReport(`{"report":[{"pv":[
		{"pv_name":"/dev/nvme1n1", "vg_name":"chef", "vg_uuid":"vKWNvi-S3f5", "pv_major":"259", "pv_minor":"4"},
		{"pv_name":"[unknown]", "vg_name":"chef", "vg_uuid":"vKWNvi-S3f5", "pv_major":"-1", "pv_minor":"-1"}]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []Number{{259, 4}, {}} {
		if got := r.Report[0].PV[i].number(); got != want {
			t.Errorf("%d: got %v, want %v", i, got, want)
		}
	}
}

func TestParseFree(t *testing.T) {
	for out, want := range map[string]uint64{
		`{"report":[{"vg":[{"vg_free":"4194304"}]}]}`: 4 << 20, `{"report":[{"vg":[{"vg_free":"0"}]}]}`: 0,
	} {
		if got, err := parseFree(out); err != nil || got != want {
			t.Errorf("%s: got %d, %v, want %d", out, got, err, want)
		}
	}
	for _, out := range []string{"", `{"report":[{"vg":[]}]}`, `{"report":[{"vg":[{"vg_free":"12.00g"}]}]}`} {
		if got, err := parseFree(out); err == nil {
			t.Errorf("%s: got %d, want an error", out, got)
		}
	}
}

func FuzzParseReport(f *testing.F) {
	f.Add(`{"report":[{"pv":[{"pv_name":"/dev/loop0", "vg_name":"chef", "vg_uuid":"v", "pv_major":"7", "pv_minor":"0"}]}]}`)
	f.Add(`{"report":[{"lv":[{"lv_name":"data"}]}]}`)
	f.Add(`{"report":[{"lv":[]}], "log":[]}`)
	f.Fuzz(func(t *testing.T, out string) {
		r, err := parseReport(out)
		if _, wrong := parseFree(out); err != nil && wrong == nil {
			t.Errorf("what is no report tells of room: %v", err)
		}
		if err != nil {
			return
		}
		for _, part := range r.Report {
			for _, pv := range part.PV {
				if n := pv.number(); n != (Number{}) && pv.Major == "" {
					t.Errorf("%+v has the number %v", pv, n)
				}
			}
		}
	})
}

func FuzzParseSignature(f *testing.F) {
	f.Add("DEVNAME=/dev/loop0\nUUID=sS8Tmi\nVERSION=LVM2\\ 001\nTYPE=LVM2_member\nUSAGE=raid\n")
	f.Add("PTTYPE=gpt\nPTUUID=1\n")
	f.Add("TYPE=")
	f.Fuzz(func(t *testing.T, out string) {
		if s := parseSignature(out); s.Blank() != (s.String() == "nothing") && s.Type != "nothing" {
			t.Errorf("%q is %+v, %v", out, s, s)
		}
	})
}
