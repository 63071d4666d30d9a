package hastatus_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/ha/control"
	"tournant/internal/hastatus"
)

func okay(name, text string) control.Check { return control.Check{Name: name, OK: true, Text: text} }

func primary() *control.Status {
	return &control.Status{
		Host: "be1", Role: "backend", State: "primary", Reason: "primary", Epoch: 7, Since: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC),
		Volume:     control.Volume{ID: "vol-1", AttachedTo: "be1", Device: "/dev/nvme1n1", Mounted: true},
		VIP:        control.VIP{Address: "10.0.0.9", OnInterface: true, AssignedTo: "be1"},
		Keepalived: control.Keepalived{State: "master"}, Lease: control.Lease{Valid: true, RemainingMS: 2140},
		Peer: control.Peer{Name: "be2", Address: "10.0.0.2", Reachable: true, State: "standby"}, OK: true,
		Checks: []control.Check{
			okay("keepalived-enabled", "keepalived HA services enabled."), okay("cluster-status", "cluster status = master"),
			okay("vip", "found VIP IP address and I am master"), okay("interface", "found VRRP communications interface eth0"),
			okay("storage", "storage backend status is OK"), okay("ip", "ip backend status is OK"),
			okay("postgresql", "postgresql is running correctly, and I am master."), okay("keepalived", "keepalived is running."),
			okay("peer", "the other backend answers."),
		},
	}
}

func TestWrite(t *testing.T) {
	standby := primary()
	standby.State, standby.Reason, standby.Epoch, standby.Lease = "standby", "the peer is primary", 0, control.Lease{}
	standby.Volume, standby.VIP.OnInterface, standby.VIP.AssignedTo = control.Volume{ID: "vol-1", AttachedTo: "be2"}, false, "be2"
	standby.Keepalived.State, standby.Peer.State, standby.Maintenance, standby.Held = "backup", "primary", true, true
	standby.Troubles = []control.Trouble{{Action: "tell-peer", Text: "connection refused"}}
	standby.Checks = []control.Check{okay("cluster-status", "cluster status = backup"), okay("vip", "did not find VIP IP address and I am not master"),
		okay("storage", "storage backend status is OK"), okay("peer", "the other backend answers.")}

	moving := primary()
	moving.State, moving.Reason, moving.OK, moving.Lease, moving.Epoch = "promoting", "PostgreSQL is starting", false, control.Lease{}, 0
	moving.Peer.Reachable, moving.VIP.AssignedTo, moving.Keepalived.State, moving.Volume.Mounted = false, "", "unknown", false
	moving.Troubles = []control.Trouble{{Action: "self-test", Text: "no credentials"}, {Action: "ask-peer", Text: "nobody there"}}
	moving.Checks = []control.Check{
		{Name: "cluster-status", Code: 2, Text: "inconsistent cluster status, requested: master, current: backup, failover running?", Reason: "PostgreSQL is starting"},
		{Name: "vip", Code: 3, Text: "found VIP IP address and I am not master", Reason: "PostgreSQL is starting"},
		okay("storage", "storage backend status is OK"), okay("ip", "ip backend status is OK"), okay("keepalived", "keepalived is running."),
		{Name: "ec2", Code: 4, Text: "EC2 does not answer.", Reason: "nothing can be taken over; self-test: no credentials"},
		{Name: "peer", Code: 4, Text: "the other backend does not answer.", Reason: "is it up?"},
	}

	front := &control.Status{Host: "fe1", Role: "frontend", OK: true, Checks: []control.Check{okay("cluster-status", "cluster status = be1 is master, epoch 7")}}

	for _, test := range []struct {
		what string
		s    *control.Status
		want string
	}{
		{"a primary", primary(), `[OK] keepalived HA services enabled.
[OK] cluster status = master
     primary since 2026-11-26 08:00:00 UTC
[OK] found VIP IP address and I am master
     10.0.0.9 may be answered from: the lease is renewed each second and has 2.1 s
[OK] found VRRP communications interface eth0
[OK] storage backend status is OK
     vol-1 is attached here as /dev/nvme1n1 and mounted, epoch 7
[OK] ip backend status is OK
     EC2 has 10.0.0.9 at be1
[OK] postgresql is running correctly, and I am master.
[OK] keepalived is running.
     VRRP: master
[OK] the other backend answers.
     be2 (10.0.0.2) is standby

[OK] all checks passed.

`},
		{"a standby in maintenance", standby, `[OK] cluster status = backup
     standby since 2026-11-26 08:00:00 UTC: the peer is primary
[OK] did not find VIP IP address and I am not master
     10.0.0.9 is not here
[OK] storage backend status is OK
     vol-1 is attached to be2
[OK] the other backend answers.
     be2 (10.0.0.2) is primary
[WARN] this backend is in maintenance and does not take over by itself: ` + "`chef-server-ctl ha-maintenance off`" + ` ends that
[WARN] this backend was made backup by an operator and stays it: ` + "`chef-server-ctl start keepalived`" + ` ends that

[OK] all checks passed.

`},
		{"one on its way", moving, `[WARN] inconsistent cluster status, requested: master, current: backup, failover running?
     PostgreSQL is starting
     promoting since 2026-11-26 08:00:00 UTC
[ERROR] found VIP IP address and I am not master
     PostgreSQL is starting
     10.0.0.9 has no lease here: nothing leaves from it
[OK] storage backend status is OK
     vol-1 is attached here as /dev/nvme1n1 and not mounted
[OK] ip backend status is OK
[OK] keepalived is running.
[ERROR] EC2 does not answer.
     nothing can be taken over; self-test: no credentials
[ERROR] the other backend does not answer.
     is it up?
[WARN] the last try to ask-peer failed: nobody there

[ERROR] ERRORS WERE DETECTED.

`},
		{"a frontend", front, "[OK] cluster status = be1 is master, epoch 7\n\n[OK] all checks passed.\n\n"},
	} {
		var b bytes.Buffer
		if err := hastatus.Write(&b, test.s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, b.String()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", test.what, diff)
		}
	}
}

// That ext4 noted errors is a warning, and no error.
func TestWriteASuspectFilesystem(t *testing.T) {
	s := primary()
	s.Volume.Suspect = true
	var b bytes.Buffer
	if err := hastatus.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, "\n[WARN] ext4 has noted errors in the volume's filesystem") || !strings.Contains(got, "[OK] all checks passed.") {
		t.Errorf("got\n%s", got)
	}
}
