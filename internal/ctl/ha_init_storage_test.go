package ctl

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/internal/aws"
	"tournant/internal/command"
	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
	"tournant/lab/fakeec2"
)

const (
	volumeID = "vol-049df61146c4d7901"
	be1ID    = "i-0be10000000000001"
	be2ID    = "i-0be20000000000002"
)

// account lets be1 ask an EC2 with the volume, which an instance may have.
func account(t *testing.T, a *app, multi bool, holder string) *fakeec2.Server {
	t.Helper()
	c, err := a.readConfig("")
	if err != nil {
		t.Fatal(err)
	}
	address := c.Servers[0].Address
	host := func(id, mac string, address netip.Addr) fakeec2.InstanceConfig {
		return fakeec2.InstanceConfig{Name: "host-" + id, ID: id, Zone: "us-west-1a", Interface: "eni-" + id, MAC: mac, Address: address}
	}
	s, err := fakeec2.New(fakeec2.Config{
		Region: "us-west-1",
		Subnet: fakeec2.Subnet{ID: "subnet-56f5f633", VPC: "vpc-11112222", Prefix: netip.PrefixFrom(address, 16).Masked()},
		Keys:   []fakeec2.Key{{ID: "AKIDEXAMPLE", Secret: "hush"}},
		Instances: []fakeec2.InstanceConfig{
			host(be1ID, "02:00:00:00:00:01", address), host(be2ID, "02:00:00:00:00:02", c.Servers[1].Address),
		},
		Volumes: []fakeec2.VolumeConfig{{ID: volumeID, Zone: "us-west-1a", SizeGiB: 80, MultiAttach: multi}},
	}, fakeec2.Options{})
	if err != nil {
		t.Fatal(err)
	}
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = net.JoinHostPort(address.String(), "40000")
		s.Metadata().ServeHTTP(w, r)
	}))
	api := httptest.NewServer(s)
	t.Cleanup(meta.Close)
	t.Cleanup(api.Close)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", meta.URL)
	file := a.path(systemConfig, "chef-server.rb")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(text)+"ha['aws_endpoint'] = '"+api.URL+"'\n")
	if holder != "" {
		attach(t, api.URL, holder)
	}
	return s
}

func attach(t *testing.T, api, instance string) {
	t.Helper()
	c, err := aws.New(t.Context(), aws.Config{Region: "us-west-1", Endpoint: api, Keys: aws.Keys{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "hush"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, _, err := c.AttachVolume(t.Context(), aws.AttachRequest{VolumeID: volumeID, InstanceID: instance, Device: "/dev/sdf"}); err != nil {
		t.Fatal(err)
	}
}

// disk is a loop device that says that it is the volume. Its partitions are
// where the kernel shows them, once there are any.
func disk(t *testing.T, a *app) storage.Node {
	t.Helper()
	n := storagetest.NewLoop(t, "", 64<<20).Node(t)
	t.Cleanup(func() { _ = exec.Command("partx", "--delete", n.Path).Run() }) // there may be none
	dir := "block/" + n.Name
	sys := storagetest.Sys{dir + "/dev": n.Number.String(), dir + "/device/serial": strings.Replace(volumeID, "-", "", 1)}.Write(t)
	for i := 1; i <= 2; i++ {
		part := fmt.Sprintf("%sp%d", n.Name, i)
		if err := os.Symlink(filepath.Join("/sys/block", n.Name, part), filepath.Join(sys, dir, part)); err != nil {
			t.Fatal(err)
		}
	}
	a.Storage = storage.OnHost()
	a.Storage.Sys = sys
	return n
}

func TestInitStorage(t *testing.T) {
	a, out, _ := onHost(t, "be1", nil)
	account(t, a, false, "")
	n := disk(t, a)
	init := func(in, flags string, code int, parts ...string) {
		t.Helper()
		out.Reset()
		a.Stdin = strings.NewReader(in)
		if got := Run(t.Context(), a.Env, append([]string{"ha-init-storage", "--layout", "partitions"}, strings.Fields(flags)...)); got != code {
			t.Errorf("%s: exit code %d, want %d:\n%s", flags, got, code, out)
		}
		inOrder(t, flags, out.String(), parts)
	}
	init("N\n", "", 3, volumeID+" is attached nowhere. Attach it to this instance, "+be1ID+", as /dev/sdf? (Y/N)", "You said no")
	init("Y\nN\n", "", 3, n.Path+" (80 GiB). It is blank, and gets two partitions, and ext4.", "Prepare it? (Y/N)", "You said no")
	if holds, err := a.Storage.Probe(t.Context(), n); err != nil || !holds.Blank() {
		t.Fatalf("it was not to be changed and holds %v, %v", holds, err)
	}

	storagetest.Run(t, "mkfs.ext4", "-q", n.Path)
	init("", "-y", 1, "holds ext4 as a whole", "`chef-server-ctl ha-init-storage --erase`. Nothing was changed.")
	init("N\n", "--erase", 3, "holds ext4. Erase it, for good? (Y/N)", "You said no")
	if holds, err := a.Storage.Probe(t.Context(), n); err != nil || holds.Type != "ext4" {
		t.Fatalf("it was not to be changed and holds %v, %v", holds, err)
	}
	init("", "--erase -y", 0, "What is on it is erased, and gets two partitions", "$ wipefs --all "+n.Path, "$ printf '%s' 'label: gpt", " | sfdisk ",
		"$ mkfs.ext4 -q -L tournant "+n.Path+"p2", "wrote the first record of the epoch block", "The volume is ready. Next, on this backend: `chef-server-ctl reconfigure`")
	init("", "-y", 0, "It is divided already", "The volume is ready.")
	if strings.Contains(out.String(), "$ ") {
		t.Errorf("a second time it changed something:\n%s", out)
	}
	init("", "-y --epoch-only", 1, "The epoch block is whole")

	fd, err := os.OpenFile(n.Path+"p1", os.O_WRONLY|os.O_SYNC, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fd.Write(make([]byte, 64<<10)); err != nil {
		t.Fatal(err)
	}
	if _, err := fd.WriteAt([]byte("no record"), 0); err != nil {
		t.Fatal(err)
	}
	fd.Close()
	init("", "-y", 1, "Both copies of the epoch block are damaged", "ha-init-storage --epoch-only")
	init("N\n", "--epoch-only", 3, "only while both backends are stopped.", "You said no")
	init("Y\n", "--epoch-only", 0, "anew? (Y/N)", "The epochs go on after ")
	init("", "-y", 0, "The volume is ready.")
}

func TestInitStorageRefuses(t *testing.T) {
	for _, test := range []struct {
		what   string
		p      *play
		multi  bool
		holder string
		change func(*play)
		says   string
	}{
		{"an agent here", &play{frames: []frame{{standby("be1"), standby("be2")}}}, false, "", nil, "The HA agent runs here"},
		{"attached elsewhere", nil, false, be2ID, nil, volumeID + " is attached to " + be2ID + " (attached), not to this instance, " + be1ID},
		{"Multi-Attach", nil, true, "", nil, "Turn Multi-Attach off"},
	} {
		a, out, _ := onHost(t, "be1", test.p)
		account(t, a, test.multi, test.holder)
		disk(t, a)
		if code := Run(t.Context(), a.Env, []string{"ha-init-storage", "-y"}); code != 1 || !strings.Contains(out.String(), test.says) {
			t.Errorf("%s: exit code %d, printed\n%swant 1 and %q", test.what, code, out, test.says)
		}
	}
	a, out, _ := onHost(t, "be1", &play{frames: []frame{{standby("be1"), standby("be2")}}})
	if err := os.Remove(a.path("var/opt/opscode/ha/control.sock")); err != nil {
		t.Fatal(err)
	}
	if code := Run(t.Context(), a.Env, []string{"ha-init-storage", "-y"}); code != 1 || !strings.Contains(out.String(), "The HA agent of be2 runs") {
		t.Errorf("an agent there: exit code %d, printed\n%s", code, out)
	}
	a, out, _ = onHost(t, "be1", nil)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")
	if code := Run(t.Context(), a.Env, []string{"ha-init-storage", "-y"}); code != 1 || !strings.Contains(out.String(), "Check that this host reaches the EC2 endpoint") {
		t.Errorf("no metadata: exit code %d, printed\n%s", code, out)
	}
}

// blank is a runner for a blank disk, on which one command fails.
type blank struct{ fails string }

func (b blank) Output(_ context.Context, name string, _ ...string) (string, error) {
	switch name {
	case "blkid":
		return "", &command.Failure{Command: name, Code: 2}
	case "pvs":
		return `{"report":[{"pv":[]}]}`, nil
	case b.fails:
		return "", &command.Failure{Command: name, Code: 5, Text: "no room"}
	}
	return "", nil
}

func (b blank) Feed(context.Context, string, string, ...string) (string, error) {
	return "", errors.New("nothing is fed")
}

// Each of LVM's commands is shown before it is run, as one could type it.
func TestInitStorageShowsCommands(t *testing.T) {
	a, out, _ := onHost(t, "be1", nil)
	account(t, a, false, be1ID)
	n := disk(t, a)
	a.Storage.Run = blank{"lvcreate"}
	if code := Run(t.Context(), a.Env, []string{"ha-init-storage", "-y"}); code != 1 {
		t.Errorf("exit code %d", code)
	}
	only := `--config 'devices { filter=["a|^` + n.Path + `$|","r|.*|"] use_devicesfile=0 }' `
	inOrder(t, "lvm", out.String(), []string{
		"It is blank, and gets the volume group chef with the logical volumes data and epoch, and ext4.\n",
		"$ pvcreate " + only + "--yes " + n.Path + "\n", "$ vgcreate " + only + "chef " + n.Path + "\n",
		"$ lvcreate " + only + "--yes --wipesignatures y --extents 85%VG --name data chef\n", "no room.\n",
	})
	if strings.Contains(out.String(), "$ blkid") || strings.Contains(out.String(), "$ pvs") {
		t.Errorf("shows what only looks:\n%s", out)
	}
}

func TestWord(t *testing.T) {
	for s, want := range map[string]string{"": "''", "chef/data": "chef/data", "a b": "'a b'", "it's": `'it'\''s'`, "85%VG": "85%VG", "$x": "'$x'"} {
		if got := word(s); got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

func TestFindWaitsForTheDevice(t *testing.T) {
	a, _, _ := onHost(t, "be1", nil)
	a.Storage.Sys = storagetest.Sys{"block/": ""}.Write(t)
	b, err := a.backend()
	if err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1780000000, 0)
	a.Now = func() time.Time { at = at.Add(deviceTime); return at }
	b.app = a
	s := &storageInit{backend: b, disks: a.Storage}
	if err := s.find(t.Context()); err == nil || !strings.Contains(err.Error(), "EC2 has attached the volume, and after 1m0s no block device") {
		t.Errorf("got %v", err)
	}
}
