package agent

import (
	"encoding/json"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/ha"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

func someConfig() *Config {
	return &Config{
		Node: Member{"be1", netip.MustParseAddrPort("10.0.0.1:4020")}, Peer: Member{"be2", netip.MustParseAddrPort("10.0.0.2:4020")},
		VIP: netip.MustParseAddr("10.0.0.9"), Device: "eth0", Volume: "vol-1", Mount: "/v", Times: ha.DefaultConfig(),
	}
}

// primary is a view of a node that serves.
func primary() *view {
	v := &view{
		cfg: someConfig(), peer: true, now: ha.Instant(time.Minute), wall: time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC),
		disk: "/dev/nvme1n1", nic: true, remaining: 2100 * time.Millisecond,
		machine: ha.Status{State: ha.StatePrimary, Since: ha.Instant(10 * time.Second), Goal: ha.Primary, Reason: ha.ReasonServing},
	}
	s := &v.machine.Snapshot
	s.Local = ha.Local{Device: true, Mounted: true, Postgres: ha.Running, API: ha.Running, Address: true, Keepalived: true}
	s.Own = ha.Own{Attached: true, Epoch: ha.Epoch{Number: 7, Node: ha.Self}, VIP: true, VIPSeen: true}
	s.VRRP = ha.VRRPMaster
	s.Peer.Report = ha.Report{State: ha.StateStandby, Ready: true}
	return v
}

func standby() *view {
	v := primary()
	v.disk, v.remaining = "", 0
	v.machine.State, v.machine.Goal, v.machine.Reason = ha.StateStandby, ha.Standby, ha.ReasonPeerPrimary
	s := &v.machine.Snapshot
	s.Local, s.Own, s.VRRP = ha.Local{Keepalived: true}, ha.Own{}, ha.VRRPBackup
	s.Peer.Report = ha.Report{State: ha.StatePrimary, Holds: true, Epoch: 7}
	return v
}

func TestStatusDocument(t *testing.T) {
	const want = `{"host":"be1","role":"backend","state":"primary","reason":"primary","epoch":7,"since":"2026-11-26T07:59:10Z",
"volume":{"id":"vol-1","attached_to":"be1","device":"/dev/nvme1n1","mounted":true},"vip":{"address":"10.0.0.9","on_interface":true,"assigned_to":"be1"},
"keepalived":{"state":"master"},"peer":{"name":"be2","address":"10.0.0.2","reachable":true,"state":"standby"},"lease":{"valid":true,"remaining_ms":2100},
"services":{"keepalived":"running","postgresql":"running","tournant":"running"},"maintenance":false,"held":false,"ok":true}`
	d := primary().document()
	if len(d.Checks) != 11 {
		t.Errorf("%d checks: %+v", len(d.Checks), d.Checks)
	}
	d.Checks = nil
	same(t, d, want, "checks")

	const other = `{"host":"be1","role":"backend","state":"standby","reason":"the peer is primary","epoch":0,"since":"2026-11-26T07:59:10Z",
"volume":{"id":"vol-1","attached_to":"be2","device":"","mounted":false},"vip":{"address":"10.0.0.9","on_interface":false,"assigned_to":"be2"},
"keepalived":{"state":"backup"},"peer":{"name":"be2","address":"10.0.0.2","reachable":true,"state":"primary"},"lease":{"valid":false,"remaining_ms":0},
"services":{"keepalived":"running","postgresql":"stopped","tournant":"stopped"},"maintenance":false,"held":false,"ok":true}`
	d = standby().document()
	d.Checks = nil
	same(t, d, other, "checks")
}

// That ext4 noted errors is said while what it noted them in is mounted.
func TestStatusOfASuspectFilesystem(t *testing.T) {
	mounted, given := primary(), standby()
	mounted.suspect, given.suspect = true, true
	if d := mounted.document(); !d.Volume.Suspect || !d.OK {
		t.Errorf("mounted: %+v, ok %t, want it suspect, and ok", d.Volume, d.OK)
	}
	if d := given.document(); d.Volume.Suspect {
		t.Errorf("given away: %+v", d.Volume)
	}
}

// same compares a document with JSON, less a member.
func same(t *testing.T, document any, want, less string) {
	t.Helper()
	data, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	var g, w map[string]any
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	delete(g, less)
	if diff := cmp.Diff(w, g); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The exit code is the last failing check's, as the original's.
func TestChecks(t *testing.T) {
	for _, test := range []struct {
		what   string
		node   func() *view
		change func(*view)
		code   int
		text   string // of the check that fails
		reason string
	}{
		{"a primary", primary, func(*view) {}, 0, "", ""},
		{"a standby", standby, func(*view) {}, 0, "", ""},
		{"promoting", standby, func(v *view) { v.machine.State = ha.StatePromoting }, 2, "requested: master, current: backup", ""},
		{"demoting", primary, func(v *view) { v.machine.State = ha.StateDemoting }, 7, "requested: backup, current: master", ""},
		{"fenced", standby, func(v *view) { v.machine.State, v.machine.Reason = ha.StateFenced, ha.ReasonLostIO }, 2, "current: fault", "I/O error"},
		{"no VIP", primary, func(v *view) { v.machine.Snapshot.Local.Address = false }, 3, "did not find VIP IP address and I am master", ""},
		{"a VIP too many", standby, func(v *view) { v.machine.Snapshot.Local.Address = true }, 3, "found VIP IP address and I am not master", ""},
		{"no interface", standby, func(v *view) { v.nic = false }, 8, "interface eth0 not found", ":device"},
		{"a lapsed lease", primary, func(v *view) { v.remaining = 0 }, 4, "storage backend status is not OK", ""},
		{"a full volume", primary, func(v *view) { v.machine.Snapshot.Local.DataFull = true }, 4, "storage backend status is not OK", ""},
		{"mounted on a standby", standby, func(v *view) { v.machine.Snapshot.Local.Mounted = true }, 4, "storage backend status is not OK", ""},
		{"a VIP that is still elsewhere", primary, func(v *view) { v.machine.Snapshot.Own.VIPSeen = false }, 4, "ip backend status is not OK", ""},
		{"no PostgreSQL", primary, func(v *view) { v.machine.Snapshot.Local.Postgres = ha.Stopped }, 7, "postgresql is not running correctly, and I am master.", ""},
		{"PostgreSQL on a standby", standby, func(v *view) { v.machine.Snapshot.Local.Postgres = ha.Unclear }, 7, "postgresql is running, and I am not master.", ""},
		{"no API", primary, func(v *view) { v.machine.Snapshot.Local.API = ha.Unclear }, 7, "tournant is not running correctly, and I am master.", ""},
		{"no keepalived", standby, func(v *view) { v.machine.Snapshot.Local.Keepalived = false }, 7, "keepalived is not running.", "start keepalived"},
		{"no EC2", standby, func(v *view) {
			v.machine.Snapshot.EC2.FailingAt = 1
			v.machine.Troubles = []ha.Trouble{{Action: ha.SelfTest, Text: "no credentials"}, {Action: ha.AskPeer, Text: "elsewhere"}}
		}, 4, "EC2 does not answer", "self-test: no credentials"},
		{"no peer", primary, func(v *view) { v.peer = false }, 4, "the other backend does not answer.", "be2 (10.0.0.2)"},
	} {
		v := test.node()
		test.change(v)
		d := v.document()
		if got := d.ExitCode(); got != test.code || d.OK != (test.code == 0) {
			t.Errorf("%s: exit code %d (ok %v), want %d: %+v", test.what, got, d.OK, test.code, d.Checks)
		}
		var found bool
		for _, c := range d.Checks {
			if c.OK != (c.Code == 0) || c.OK != (c.Reason == "") || c.Text == "" {
				t.Errorf("%s: %+v", test.what, c)
			}
			found = found || !c.OK && strings.Contains(c.Text, test.text) && strings.Contains(c.Reason, test.reason)
			if strings.Contains(c.Reason, "elsewhere") {
				t.Errorf("%s: another's trouble is a reason: %+v", test.what, c)
			}
		}
		if !found && test.code != 0 {
			t.Errorf("%s: no check fails with %q because of %q: %+v", test.what, test.text, test.reason, d.Checks)
		}
	}
}

func TestTheRunbookHasEveryCheck(t *testing.T) {
	text, err := os.ReadFile("../../../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range slices.Concat(primary().document().Checks, standby().document().Checks) {
		if !strings.Contains(string(text), "\n| `"+c.Name+"` |") {
			t.Errorf("docs/runbook.md has no row for the check %s", c.Name)
		}
	}
}
