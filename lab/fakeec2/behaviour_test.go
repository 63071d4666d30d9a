package fakeec2_test

import (
	"encoding/xml"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tournant/lab/fakeec2"
)

// wantSame is that nothing but the time and the faults changed.
func wantSame(t *testing.T, before, after fakeec2.Status) {
	t.Helper()
	ignore := cmpopts.IgnoreFields(fakeec2.Status{}, "Time", "Faults")
	if d := cmp.Diff(before, after, ignore, cmpopts.EquateComparable(netip.Addr{})); d != "" {
		t.Errorf("the refusal changed something (-before +after):\n%s", d)
	}
}

func seconds(n int) fakeec2.Range {
	d := fakeec2.Duration(time.Duration(n) * time.Second)
	return fakeec2.Range{Min: d, Max: d}
}

// slow is an EC2 that takes 4 s to attach, 3 s to detach, 2 s to force, 5 s to
// propagate.
func slow(t *testing.T) *account {
	c := config()
	c.Times = fakeec2.Times{Attach: seconds(4), Detach: seconds(3), Force: seconds(2), Propagate: seconds(5)}
	c.Limits.Describe = fakeec2.Bucket{Burst: 1e6, Rate: 1}
	return newAccount(t, c)
}

// What begins after SetTimes takes so long, and what had begun as long as it was to.
func TestSetTimes(t *testing.T) {
	a := slow(t)
	attached(a)
	a.SetTimes(fakeec2.Times{})
	a.wantVolume("in-use", be1, "attaching")
	a.clock.Advance(4 * time.Second)
	a.wantVolume("in-use", be1, "attached")
	a.must("DetachVolume", "VolumeId", volumeID, "InstanceId", be1)
	a.wantVolume("available", "", "")
	a.SetTimes(fakeec2.Times{Attach: seconds(1)})
	a.must("AttachVolume", attach(be2)...)
	a.wantVolume("in-use", be2, "attaching")
	a.clock.Advance(time.Second)
	a.wantVolume("in-use", be2, "attached")
}

func TestAttachAndDetachTakeTheirTime(t *testing.T) {
	a := slow(t)
	attached(a)
	a.wantVolume("in-use", be1, "attaching")
	a.clock.Advance(4*time.Second - 1)
	a.wantVolume("in-use", be1, "attaching")
	a.clock.Advance(1)
	a.wantVolume("in-use", be1, "attached")
	a.must("DetachVolume", "VolumeId", volumeID, "InstanceId", be1)
	a.wantVolume("in-use", be1, "detaching")
	// Asking again neither fails nor makes it faster.
	a.clock.Advance(2 * time.Second)
	a.must("DetachVolume", "VolumeId", volumeID, "InstanceId", be1)
	a.clock.Advance(time.Second - 1)
	a.wantVolume("in-use", be1, "detaching")
	a.clock.Advance(1)
	a.wantVolume("available", "", "")
	a.must("AttachVolume", attach(be2)...)
	a.clock.Advance(4 * time.Second)
	a.wantVolume("in-use", be2, "attached")
}

// Whoever detaches what is still attaching has his way: the attachment of then
// does not come back.
func TestDetachWhileAttaching(t *testing.T) {
	a := slow(t)
	attached(a)
	a.must("DetachVolume", "VolumeId", volumeID)
	a.clock.Advance(3 * time.Second)
	a.must("AttachVolume", attach(be2)...)
	a.clock.Advance(3 * time.Second)
	a.wantVolume("in-use", be2, "attaching")
	a.clock.Advance(time.Second)
	a.wantVolume("in-use", be2, "attached")
}

func TestStuckAttachment(t *testing.T) {
	a := slow(t)
	a.inject(fakeec2.FaultAttachStuck, "be1")
	attached(a)
	a.clock.Advance(time.Hour)
	a.wantVolume("in-use", be1, "attaching")
	a.Heal(fakeec2.FaultAttachStuck, "")
	a.clock.Advance(4 * time.Second)
	a.wantVolume("in-use", be1, "attached")
}

func TestForceEndsWhatIsStuckOrBusy(t *testing.T) {
	for _, fault := range []fakeec2.FaultName{fakeec2.FaultDetachStuck, fakeec2.FaultBusy} {
		t.Run(string(fault), func(t *testing.T) {
			a := slow(t)
			attached(a)
			a.clock.Advance(4 * time.Second)
			a.inject(fault, "be1")
			a.must("DetachVolume", "VolumeId", volumeID)
			a.clock.Advance(time.Hour)
			a.wantVolume("in-use", be1, map[fakeec2.FaultName]string{fakeec2.FaultDetachStuck: "detaching", fakeec2.FaultBusy: "busy"}[fault])
			a.must("DetachVolume", "VolumeId", volumeID, "Force", "true")
			a.clock.Advance(2 * time.Second)
			a.wantVolume("available", "", "")
		})
	}
}

// Who took the volume from whom without asking is kept, once for each attachment.
func TestForces(t *testing.T) {
	a := slow(t)
	attached(a)
	a.clock.Advance(4 * time.Second)
	a.must("DetachVolume", "VolumeId", volumeID)
	if got := a.Forces(); len(got) != 0 {
		t.Errorf("a plain detachment is no force: %v", got)
	}
	a.must("DetachVolume", "VolumeId", volumeID, "Force", "true")
	want := []fakeec2.Force{{At: a.clock.Now(), From: "be1"}}
	a.clock.Advance(time.Second)
	a.must("DetachVolume", "VolumeId", volumeID, "Force", "true")
	if diff := cmp.Diff(a.Forces(), want); diff != "" {
		t.Errorf("got, want:\n%s", diff)
	}
}

func TestStuckForce(t *testing.T) {
	a := slow(t)
	attached(a)
	a.clock.Advance(4 * time.Second)
	if err := a.Inject(fakeec2.Fault{Name: fakeec2.FaultDetachStuck, Host: "be1", Mode: "force", For: fakeec2.Duration(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	a.must("DetachVolume", "VolumeId", volumeID, "Force", "true")
	a.clock.Advance(time.Hour - time.Second)
	a.wantVolume("in-use", be1, "detaching")
	// Faults with a time end by themselves, and what they stopped goes on.
	a.clock.Advance(3 * time.Second)
	a.wantVolume("available", "", "")
}

// A crashed guest cannot let go of a volume, so only Force ends the attachment;
// a stopped instance is no guest any more.
func TestDetachFromDeadInstances(t *testing.T) {
	a := slow(t)
	attached(a)
	a.clock.Advance(4 * time.Second)
	if err := a.PowerCut("be1"); err != nil {
		t.Fatal(err)
	}
	a.must("DetachVolume", "VolumeId", volumeID)
	a.clock.Advance(time.Hour)
	a.wantVolume("in-use", be1, "detaching")
	a.state("be1", fakeec2.Stopped)
	a.clock.Advance(time.Second)
	a.wantVolume("available", "", "")
	a.must("AttachVolume", attach(be1)...)
	a.clock.Advance(4 * time.Second)
	a.wantVolume("in-use", be1, "attached")
	a.state("be1", fakeec2.Terminated)
	a.wantVolume("available", "", "")
}

// Stale answers lag by another age each time and never by more than allowed;
// the lock itself is never stale.
func TestStaleDescribe(t *testing.T) {
	a := slow(t)
	attached(a)
	a.clock.Advance(10 * time.Second)
	if err := a.Inject(fakeec2.Fault{Name: fakeec2.FaultStale, Delay: fakeec2.Duration(20 * time.Second)}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]int{}
	for range 200 {
		seen[a.volumeState()[2]]++
	}
	for _, want := range []string{"", "attaching", "attached"} {
		if seen[want] == 0 {
			t.Errorf("the volume was never seen %q: %v", want, seen)
		}
	}
	if code, _ := a.call("AttachVolume", attach(be2)...).code(); code != "VolumeInUse" {
		t.Errorf("attaching answers %q, want VolumeInUse", code)
	}
	a.clock.Advance(30 * time.Second)
	for range 50 {
		a.wantVolume("in-use", be1, "attached")
	}
}

// assignments are the VIP's holders: by the API's DescribeInstances, and by the
// network.
func (a *account) assignments() (api, routed []string) {
	for _, in := range a.Status().Instances {
		if slices.Contains(in.Assigned, netip.MustParseAddr(vip)) {
			api = append(api, in.Name)
		}
		if slices.Contains(in.Routed, netip.MustParseAddr(vip)) {
			routed = append(routed, in.Name)
		}
	}
	return api, routed
}

func (a *account) wantVIP(api, routed []string) {
	a.t.Helper()
	gotAPI, gotRouted := a.assignments()
	if d := cmp.Diff([][]string{api, routed}, [][]string{gotAPI, gotRouted}); d != "" {
		a.t.Errorf("the VIP's holders in the API and in the network (-want +got):\n%s", d)
	}
}

func TestAddressesPropagateLater(t *testing.T) {
	a := slow(t)
	move := func(eni string) {
		a.must("AssignPrivateIpAddresses", "NetworkInterfaceId", eni, "PrivateIpAddress.1", vip, "AllowReassignment", "true")
	}
	move("eni-97")
	a.wantVIP([]string{"be1"}, nil)
	a.clock.Advance(5 * time.Second)
	a.wantVIP([]string{"be1"}, []string{"be1"})
	move("eni-98")
	a.wantVIP([]string{"be2"}, []string{"be1"})
	// Moved back before it had arrived, it is where it was all along.
	a.clock.Advance(time.Second)
	move("eni-97")
	a.clock.Advance(time.Hour)
	a.wantVIP([]string{"be1"}, []string{"be1"})
	// Assigning it once more is not an error.
	assigned(a)
	if err := a.Inject(fakeec2.Fault{Name: fakeec2.FaultVIPStolen, Host: "fe1", Address: netip.MustParseAddr(vip)}); err != nil {
		t.Fatal(err)
	}
	a.clock.Advance(5 * time.Second)
	a.wantVIP([]string{"fe1"}, []string{"fe1"})
	if len(a.Faults()) != 0 {
		t.Errorf("a theft is still on: %v", a.Faults())
	}
}

func TestChosenAddresses(t *testing.T) {
	a := newAccount(t, config())
	var got struct {
		Addresses []string `xml:"assignedPrivateIpAddressesSet>item>privateIpAddress"`
	}
	answer := a.must("AssignPrivateIpAddresses", "NetworkInterfaceId", "eni-97", "SecondaryPrivateIpAddressCount", "2")
	if err := xml.Unmarshal(answer.body, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"172.31.16.4", "172.31.16.5"}, got.Addresses); d != "" {
		t.Error(d)
	}
}

func TestFilters(t *testing.T) {
	for _, row := range []struct {
		action string
		params []string
		want   []string
	}{
		{"DescribeVolumes", []string{"Filter.1.Name", "attachment.instance-id", "Filter.1.Value.1", be1}, []string{volumeID}},
		{"DescribeVolumes", []string{"Filter.1.Name", "status", "Filter.1.Value.1", "available", "Filter.2.Name", "volume-id", "Filter.2.Value.1", volumeID, "Filter.2.Value.2", "vol-0aaaaaaaaaaaaaaaa"}, []string{"vol-0aaaaaaaaaaaaaaaa"}},
		{"DescribeInstances", []string{"Filter.1.Name", "private-ip-address", "Filter.1.Value.1", "172.31.24.98"}, []string{be2}},
		{"DescribeInstances", []string{"Filter.1.Name", "network-interface.addresses.private-ip-address", "Filter.1.Value.1", vip}, []string{be1}},
		{"DescribeInstances", []string{"Filter.1.Name", "instance-state-name", "Filter.1.Value.1", "stopped"}, []string{fe1}},
	} {
		a := newAccount(t, config())
		attached(a)
		assigned(a)
		a.state("fe1", fakeec2.Stopped)
		var got struct {
			Volumes   []string `xml:"volumeSet>item>volumeId"`
			Instances []string `xml:"reservationSet>item>instancesSet>item>instanceId"`
		}
		if err := xml.Unmarshal(a.must(row.action, row.params...).body, &got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(row.want, append(got.Volumes, got.Instances...)); d != "" {
			t.Errorf("%s %v (-want +got):\n%s", row.action, row.params, d)
		}
	}
}

// A bucket fills again at its rate, and each action has its own.
func TestThrottlingBuckets(t *testing.T) {
	c := config()
	c.Limits.Describe = fakeec2.Bucket{Burst: 2, Rate: 0.5}
	a := newAccount(t, c)
	taken := func() (n int) {
		for a.call("DescribeVolumes").status == 200 {
			n++
		}
		return n
	}
	if got := taken(); got != 2 {
		t.Errorf("%d requests at first, want 2", got)
	}
	a.must("DescribeInstances")
	a.clock.Advance(2 * time.Second)
	if got := taken(); got != 1 {
		t.Errorf("%d requests after two seconds, want 1", got)
	}
	a.clock.Advance(time.Hour)
	if got := taken(); got != 2 {
		t.Errorf("%d requests after an hour, want 2", got)
	}
}

// The same seed gives the same delays.
func TestDelaysAreSeeded(t *testing.T) {
	run := func(seed uint64) time.Duration {
		c := config()
		c.Seed = seed
		c.Times.Attach = fakeec2.Range{Min: fakeec2.Duration(time.Second), Max: fakeec2.Duration(4 * time.Second)}
		c.Limits.Describe = fakeec2.Bucket{Burst: 1e6, Rate: 1}
		a := newAccount(t, c)
		attached(a)
		for d := time.Duration(0); ; d += 10 * time.Millisecond {
			if a.Status().Volumes[0].Attachment == fakeec2.Attached {
				return d
			}
			a.clock.Advance(10 * time.Millisecond)
		}
	}
	first := run(1)
	if again := run(1); again != first {
		t.Errorf("seed 1 attached after %v and after %v", first, again)
	}
	if first < time.Second || first > 4*time.Second+10*time.Millisecond {
		t.Errorf("attached after %v, want 1 to 4 s", first)
	}
	if run(2) == first && run(3) == first {
		t.Error("all seeds give the same delay")
	}
}
