package agent

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tournant/internal/ha"
	"tournant/internal/postgres"
	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
)

// opened is be1's device with the epoch block open on a real one, and a way for
// another to take it.
func opened(t *testing.T) (d *device, steal func()) {
	t.Helper()
	node := storagetest.NewLoop(t, "", 1<<20).Node(t)
	block, err := storage.OpenBlock(node)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = block.Close() })
	if err := block.Found("be2", 41, time.Now()); err != nil {
		t.Fatal(err)
	}
	d = newDevice(someConfig(), nil, storage.OnHost(), discard())
	d.layout, d.epoch = struct{ storage.Layout }{}, node
	t.Cleanup(d.quiet)
	return d, func() {
		if _, err := block.Take("be2", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDeviceTakesAndBeats(t *testing.T) {
	d, steal := opened(t)
	taken, previous, err := d.take(t.Context(), ha.Epoch{})
	if err != nil || taken.Number != 42 || taken.Node != ha.Self || previous.Number != 41 || previous.Node != ha.Peer || taken.Mark == previous.Mark {
		t.Fatalf("taken %+v after %+v, %v", taken, previous, err)
	}
	before := now()
	started, err := d.beat(patience(t), taken)
	if err != nil || started < before || started > now() {
		t.Errorf("beat at %v, asked at %v: %v", started, before, err)
	}
	if err := d.still(taken); err != nil {
		t.Errorf("still ours: %v", err)
	}
	other := taken
	other.Mark++
	if _, err := d.beat(patience(t), other); !errors.Is(err, errNotTaken) {
		t.Errorf("a beat of another taking: %v", err)
	}
	steal()
	var foreign *storage.ForeignError
	if err := d.still(taken); !errors.As(err, &foreign) || foreign.Found.Node != "be2" {
		t.Errorf("still, after another took it: %v", err)
	}
	if _, err := d.beat(patience(t), taken); !errors.As(err, &foreign) {
		t.Errorf("a beat after another took it: %v", err)
	}
	d.quiet()
	if _, err := d.beat(patience(t), taken); !errors.Is(err, errNotTaken) {
		t.Errorf("a beat after the last: %v", err)
	}
}

// A former life's epoch is followed, unless another was taken since; then nothing is
// written.
func TestDeviceTakesAfterTheEpochOfAFormerLife(t *testing.T) {
	d, steal := opened(t)
	first, _, err := d.take(t.Context(), ha.Epoch{})
	if err != nil {
		t.Fatal(err)
	}
	if d.lastProven() != 0 {
		t.Error("proven without a beat")
	}
	if started, err := d.beat(patience(t), first); err != nil || d.lastProven() != started {
		t.Errorf("proven at %v, want %v: %v", d.lastProven(), started, err)
	}
	second, previous, err := d.take(t.Context(), first)
	if err != nil || previous != first || second.Number != first.Number+1 || d.lastProven() != 0 {
		t.Fatalf("taken %+v after %+v, %v", second, previous, err)
	}
	var foreign *storage.ForeignError
	for _, other := range []ha.Epoch{first, {Number: second.Number, Mark: second.Mark + 1, Node: ha.Self}} {
		if _, _, err := d.take(t.Context(), other); !errors.As(err, &foreign) || codeOfStorage(err) != ha.ForeignEpoch {
			t.Errorf("taken after %+v: %v", other, err)
		}
	}
	steal()
	if _, _, err := d.take(t.Context(), second); !errors.As(err, &foreign) || foreign.Found.Node != "be2" || foreign.Found.Epoch != second.Number+1 {
		t.Errorf("taken though another had it: %v", err)
	}
}

// The end of a beat that nobody waited for is old: a new one is made.
func TestDeviceBeatsAnewAfterOneThatWasGivenUp(t *testing.T) {
	d, _ := opened(t)
	taken, _, err := d.take(t.Context(), ha.Epoch{})
	if err != nil {
		t.Fatal(err)
	}
	if _, begun, err := d.begin(taken); !begun || err != nil {
		t.Fatalf("begun %v, %v", begun, err)
	}
	for patience := patience(t); patience.Err() == nil; {
		if _, runs := d.beats.Since(); !runs {
			break
		}
	}
	before := now()
	if started, err := d.beat(patience(t), taken); err != nil || started < before {
		t.Errorf("beat at %v, asked at %v: %v", started, before, err)
	}
}

func TestDeviceThatWasNotOpened(t *testing.T) {
	d := newDevice(someConfig(), nil, storage.OnHost(), discard())
	if _, _, err := d.take(t.Context(), ha.Epoch{}); codeOfStorage(err) != ha.NoDevice {
		t.Errorf("take: %v", err)
	}
	if err := d.mount(t.Context()); codeOfStorage(err) != ha.NoDevice {
		t.Errorf("mount: %v", err)
	}
	if there, err := d.there(); there || err != nil {
		t.Errorf("the volume vol-1 is here: %v, %v", there, err)
	}
}

// diskCommands are a host's, of which those that read the disk hang.
type diskCommands struct {
	storage.Runner
	asked []string
}

func (c *diskCommands) Output(_ context.Context, name string, args ...string) (string, error) {
	c.asked = append(c.asked, name+" "+args[len(args)-1])
	return "", nil
}

// What is dropped is so without a word to the disk: device mapper alone takes
// the volumes away.
func TestDropAsksNothingOfTheDisk(t *testing.T) {
	for what, opened := range map[string]bool{"opened": true, "never opened": false} {
		commands := &diskCommands{}
		host := storage.OnHost()
		host.Run, host.Dev = commands, t.TempDir()
		host.Sys = storagetest.Sys{
			"block/nvme1n1/dev": "259:3", "block/nvme1n1/device/serial": "vol1", "block/nvme1n1/size": "2048",
			"block/dm-0/dev": "253:0", "block/dm-0/dm/name": "chef-data", "block/dm-0/slaves/nvme1n1": "",
			"block/dm-1/dev": "253:1", "block/dm-1/dm/name": "chef-epoch", "block/dm-1/slaves/nvme1n1": "",
		}.Write(t)
		d := newDevice(someConfig(), nil, host, discard())
		d.cfg.Mount = t.TempDir()
		if opened {
			d.layout = readsDisk{t: t}
		}
		if err := d.drop(t.Context()); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if want := []string{"dmsetup chef-data", "dmsetup chef-epoch"}; !slices.Equal(commands.asked, want) {
			t.Errorf("%s: ran %v, want %v", what, commands.asked, want)
		}
		if d.layout != nil {
			t.Errorf("%s: the layout is still believed", what)
		}
	}
}

// readsDisk is LVM's layout: all it does reads the disk.
type readsDisk struct {
	storage.Layout
	t *testing.T
}

func (l readsDisk) Deactivate(context.Context) error {
	l.t.Error("the disk is read")
	return nil
}

// divided is a layout whose data are a device.
type divided struct {
	storage.Layout
	data storage.Node
}

func (l divided) ActivateData(context.Context) (storage.Node, error) { return l.data, nil }

func (divided) Deactivate(context.Context) error { return nil }

// A filesystem in which ext4 noted errors is mounted, and people are told.
func TestASuspectFilesystemIsTold(t *testing.T) {
	loop := storagetest.NewLoop(t, "", 16<<20)
	storagetest.Run(t, "mkfs.ext4", "-q", loop.Device)
	cfg := someConfig()
	cfg.Mount = filepath.Join(t.TempDir(), "data")
	t.Cleanup(func() { storagetest.Unmount(t, cfg.Mount) })
	var log bytes.Buffer
	d := newDevice(cfg, nil, storage.OnHost(), slog.New(slog.NewTextHandler(&log, nil)))
	d.layout = divided{data: loop.Node(t)}
	for _, want := range []bool{false, true, false} {
		state := map[bool]string{false: "1", true: "3"}[want] // clean, and clean with errors
		storagetest.Run(t, "debugfs", "-w", "-R", "set_super_value state "+state, loop.Device)
		log.Reset()
		if err := d.mount(t.Context()); err != nil {
			t.Fatal(err)
		}
		if warned := strings.Contains(log.String(), "level=WARN") && strings.Contains(log.String(), "e2fsck -f"); d.suspect() != want || warned != want {
			t.Errorf("suspect %t, the log says %q, want %t", d.suspect(), log.String(), want)
		}
		if err := d.host.Unmount(patience(t), cfg.Mount, time.Second); err != nil {
			t.Fatal(err)
		}
	}
}

// A host that cannot tell whether it could run the cluster gives the volume back at
// once, and says why, as one of another major version does.
func TestMountOfAClusterThatCannotBeRunHere(t *testing.T) {
	loop := storagetest.NewLoop(t, "", 16<<20)
	storagetest.Run(t, "mkfs.ext4", "-q", loop.Device)
	cfg := someConfig()
	cfg.Mount = filepath.Join(t.TempDir(), "data")
	t.Cleanup(func() { storagetest.Unmount(t, cfg.Mount) })
	d := newDevice(cfg, nil, storage.OnHost(), discard())
	cluster := postgres.OnVolume(cfg.Mount, t.TempDir()) // without programs
	x := &executor{cfg: cfg, device: d, services: &services{cluster: cluster}}
	for version, says := range map[string]string{"15": "postgres", "what?": "none that is supported"} {
		d.layout = divided{data: loop.Node(t)}
		if err := d.mount(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(os.MkdirAll(cluster.Data, 0o700), os.WriteFile(filepath.Join(cluster.Data, "PG_VERSION"), []byte(version), 0o600)); err != nil {
			t.Fatal(err)
		}
		if err := d.host.Unmount(patience(t), cfg.Mount, time.Second); err != nil {
			t.Fatal(err)
		}
		if r, _ := x.doVolume(patience(t), &ha.Command{Action: ha.Mount}); r.Code != ha.WrongPostgres || !strings.Contains(r.Text, says) {
			t.Errorf("version %s: code %d (%s), want %d for %q", version, r.Code, r.Text, ha.WrongPostgres, says)
		}
		if mounted, err := storage.MountedAt(cfg.Mount); err != nil || mounted {
			t.Errorf("version %s: mounted %t still, %v", version, mounted, err)
		}
	}
}
