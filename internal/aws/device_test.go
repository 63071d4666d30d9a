package aws_test

import (
	"slices"
	"strings"
	"testing"

	"tournant/internal/aws"
)

func TestDeviceNames(t *testing.T) {
	for setting, want := range map[string]string{
		"":           "/dev/sdf",
		"/dev/xvdf":  "/dev/sdf",
		"/dev/sdf":   "/dev/sdf",
		"xvdf":       "/dev/sdf",
		"sdh":        "/dev/sdh",
		"/dev/xvdz":  "/dev/sdz",
		"/dev/xvdba": "/dev/xvdba",

		"/dev/nvme1n1": "/dev/sdf", // of this boot
	} {
		names, err := aws.DeviceNames(setting)
		if err != nil || names[0] != want {
			t.Errorf("%q: got %v, %v, want %s first", setting, names, err, want)
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == want })
		if len(rest) != len(names)-1 || len(rest) < 10 || !slices.IsSorted(rest) || rest[len(rest)-1] != "/dev/sdp" {
			t.Errorf("%q: the others are %v", setting, rest)
		}
	}
	for _, setting := range []string{"/dev/nvme1n1p1", "/dev/nvme1", "/dev/sda", "/dev/xvda", "/dev/xvdf1", "/dev/../xvdf", "/dev/XVDF", "/dev/", " /dev/xvdf", "/dev/xvdf\n"} {
		if names, err := aws.DeviceNames(setting); err == nil || !strings.Contains(err.Error(), "ha['ebs_device']") {
			t.Errorf("%q: got %v, %v, want an error that names the setting", setting, names, err)
		}
	}
}

func TestSerial(t *testing.T) {
	if got, err := aws.Serial("vol-0123456789abcdef0"); err != nil || got != "vol0123456789abcdef0" {
		t.Errorf("got %q, %v", got, err)
	}
	for _, id := range []string{"", "vol-", "vol-xxxxxxxx", "vol0123", "i-0123", "vol-0123\n", "vol-01-23"} {
		if got, err := aws.Serial(id); err == nil {
			t.Errorf("%q: got %q", id, got)
		}
	}
}

func TestXenName(t *testing.T) {
	for device, want := range map[string]string{"/dev/sdf": "xvdf", "/dev/xvdf": "xvdf", "/dev/xvdba": "xvdba", "sdp": "xvdp", "/dev/nvme1n1": "", "": "", "/dev/sda1": ""} {
		if got, ok := aws.XenName(device); got != want || ok != (want != "") {
			t.Errorf("%q: got %q, %t, want %q", device, got, ok, want)
		}
	}
}

func TestXenNames(t *testing.T) {
	got := aws.XenNames([]string{"/dev/sdh", "/dev/nvme1n1", "/dev/sdf"})
	if want := []string{"xvdh", "xvdf"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
