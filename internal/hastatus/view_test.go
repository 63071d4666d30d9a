package hastatus_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/ha/link"
	"tournant/internal/hastatus"
	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
	"tournant/internal/systemd/systemdtest"
)

var secret = strings.Repeat("0123456789abcdef", 4)

// network is one of the loopback's, and the VIP in it.
func network() string { return fmt.Sprintf("127.%d.%d", 1+rand.IntN(254), rand.IntN(255)) }

// configured is a host's configuration in a network.
func configured(t *testing.T, host, network, vip string, port int) *config.Config {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{
		"chef-server.rb": fmt.Sprintf(`topology "ha"
api_fqdn "chef.example.com"
ha['provider'] = 'aws'
ha['ebs_volume_id'] = 'vol-049df61146c4d7901'
ha['ebs_device'] = '/dev/xvdf'
ha['path'] = %q
postgresql['port'] = %d
backend_vip 'be', :ipaddress => '%s', :device => 'lo'
server 'be1', :ipaddress => '%[4]s.1', :role => 'backend', :bootstrap => true
server 'be2', :ipaddress => '%[4]s.2', :role => 'backend'
server 'fe1', :ipaddress => '%[4]s.3', :role => 'frontend'
`, filepath.Join(dir, "volume"), port, vip, network),
		config.SecretsFile: `{"ha":{"shared_secret":"` + secret + `"}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(filepath.Join(dir, "chef-server.rb"), config.Env{
		Host: config.Host{FQDN: host}, Getenv: func(string) (string, bool) { return "", false },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// agent answers as a backend's does, at its port.
func agent(t *testing.T, host, address string, s control.Status) {
	t.Helper()
	identity, err := link.NewIdentity(host, config.Secret(secret))
	if err != nil {
		t.Fatal(err)
	}
	m := http.NewServeMux()
	m.HandleFunc("GET "+link.PathStatus, func(w http.ResponseWriter, _ *http.Request) { link.Answer(w, s) })
	l, err := identity.Listen(t.Context(), netip.AddrPortFrom(netip.MustParseAddr(address), link.Port), netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	server := identity.NewServer(m, slog.New(slog.DiscardHandler))
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
}

// view is how a host without an agent sees its cluster.
func view(t *testing.T, c *config.Config, units map[string]*systemdtest.Unit, sys storagetest.Sys) *hastatus.View {
	t.Helper()
	disks := storage.OnHost()
	disks.Sys = sys.Write(t)
	return &hastatus.View{
		Config: c, Agent: control.NewClient(filepath.Join(t.TempDir(), "none")), Disks: disks,
		Units: systemdtest.New(&systemdtest.Recorder{Units: units}),
	}
}

// codes are those of the checks that fail, by their names.
func codes(s *control.Status) []string {
	var all []string
	for _, c := range s.Checks {
		if !c.OK {
			all = append(all, fmt.Sprintf("%s %d", c.Name, c.Code))
		}
	}
	return all
}

func said(s *control.Status, text string) bool {
	return slices.ContainsFunc(s.Checks, func(c control.Check) bool { return strings.Contains(c.Text+"\n"+c.Reason, text) })
}

// A backend whose agent does not answer is looked at, and the other is asked.
func TestWithoutAgent(t *testing.T) {
	up, down := &systemdtest.Unit{Loaded: true, Active: true}, &systemdtest.Unit{Loaded: true}
	empty := storagetest.Sys{"block/": ""}
	here := storagetest.Sys{"block/nvme1n1/dev": "259:1", "block/nvme1n1/device/serial": "vol049df61146c4d7901"}
	for _, test := range []struct {
		what  string
		vip   string
		units map[string]*systemdtest.Unit
		sys   storagetest.Sys
		peer  bool
		codes []string
		exit  int
		says  []string
	}{
		{
			"nothing is here", "192.0.2.9", map[string]*systemdtest.Unit{hastatus.UnitKeepalived: up}, empty, true,
			[]string{"agent 7"}, 7, []string{"start tournant-ha", "the HA agent of this host does not answer", "keepalived is running.", "the other backend answers."},
		},
		{
			"nothing is here and the other is silent", "192.0.2.9", map[string]*systemdtest.Unit{hastatus.UnitKeepalived: down}, empty, false,
			[]string{"agent 7", "keepalived 7", "peer 4"}, 4, []string{"chef-server-ctl start keepalived", "be2 (127."},
		},
		{
			"everything is left", "127.0.0.1", map[string]*systemdtest.Unit{hastatus.UnitPostgres: up, hastatus.UnitAPI: up}, here, true,
			[]string{"agent 7", "vip 3", "postgresql 7", "tournant 7", "keepalived 7"}, 7,
			[]string{"it is on lo; `tournant ha-agent --drop`", "postgresql is running, and I am not master.", "systemctl stop tournant.service"},
		},
	} {
		n := network()
		if test.peer {
			agent(t, "be2", n+".2", control.Status{Host: "be2", State: "primary", Volume: control.Volume{AttachedTo: "be2"}})
		}
		s, err := view(t, configured(t, "be1", n, test.vip, 5432), test.units, test.sys).Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := codes(s); !slices.Equal(got, test.codes) || s.ExitCode() != test.exit || s.OK || s.State != "unknown" {
			t.Errorf("%s: %q with code %d, state %s; want %q, %d: %+v", test.what, got, s.ExitCode(), s.State, test.codes, test.exit, s.Checks)
		}
		for _, text := range test.says {
			if !said(s, text) {
				t.Errorf("%s: does not say %q: %+v", test.what, text, s.Checks)
			}
		}
		if test.peer && (s.Peer.State != "primary" || s.VIP.AssignedTo != "be2" || s.Volume.AttachedTo != "be2") {
			t.Errorf("%s: the other is %+v, which has %+v, %+v", test.what, s.Peer, s.VIP, s.Volume)
		}
		if found := s.Volume.Device != ""; found != (len(test.sys) > 1) {
			t.Errorf("%s: the volume is %+v", test.what, s.Volume)
		}
	}
}

func TestWithoutAgentMounted(t *testing.T) {
	c := configured(t, "be1", network(), "192.0.2.9", 5432)
	c.HA.Path = "/proc" // something is mounted there
	s, err := view(t, c, nil, storagetest.Sys{"block/": ""}).Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !s.Volume.Mounted || !slices.Contains(codes(s), "storage 4") || !said(s, "/proc is mounted") {
		t.Errorf("%+v, %+v", s.Volume, s.Checks)
	}
}

func TestFrontend(t *testing.T) {
	serving := control.Status{State: "primary", Epoch: 7, Reason: "primary", Lease: control.Lease{Valid: true, RemainingMS: 2000}}
	up := map[string]*systemdtest.Unit{hastatus.UnitAPI: {Loaded: true, Active: true}}
	for _, test := range []struct {
		what  string
		be1   *control.Status
		be2   *control.Status
		open  bool // PostgreSQL listens
		units map[string]*systemdtest.Unit
		codes []string
		says  string
	}{
		{"all is well", &serving, &control.Status{State: "standby", Reason: "the peer is primary"}, true, up, nil, "be1 is master, epoch 7"},
		{"one is silent", nil, &serving, true, up, []string{"backend 4"}, "be1 does not answer."},
		{
			"nobody serves", &control.Status{State: "demoting"}, &control.Status{State: "promoting"}, false, nil,
			[]string{"cluster-status 2", "postgresql 3", "tournant 7"}, "neither backend is known to be master",
		},
		{"a primary without a lease", &control.Status{State: "primary"}, &control.Status{State: "standby"}, true, up, []string{"cluster-status 2"}, "neither"},
	} {
		n := network()
		for i, s := range []*control.Status{test.be1, test.be2} {
			if s != nil {
				agent(t, fmt.Sprintf("be%d", i+1), fmt.Sprintf("%s.%d", n, i+1), *s)
			}
		}
		l, err := net.Listen("tcp", n+".9:0")
		if err != nil {
			t.Fatal(err)
		}
		if !test.open {
			l.Close()
		}
		s, err := view(t, configured(t, "fe1", n, n+".9", l.Addr().(*net.TCPAddr).Port), test.units, storagetest.Sys{"block/": ""}).Status(t.Context())
		l.Close()
		if err != nil {
			t.Fatal(err)
		}
		if got := codes(s); !slices.Equal(got, test.codes) || s.OK != (test.codes == nil) || s.Role != "frontend" || len(s.Backends) != 2 || !said(s, test.says) {
			t.Errorf("%s: %q, want %q and %q: %+v, %+v", test.what, got, test.codes, test.says, s.Checks, s.Backends)
		}
	}
}

func TestNotHA(t *testing.T) {
	v := view(t, &config.Config{Topology: config.Standalone}, nil, storagetest.Sys{"block/": ""})
	if s, err := v.Status(t.Context()); !errors.Is(err, hastatus.ErrNotHA) {
		t.Errorf("got %+v, %v", s, err)
	}
}

func TestTheRunbookHasEveryCheck(t *testing.T) {
	text, err := os.ReadFile("../../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	var checks []control.Check
	for _, host := range []string{"be1", "fe1"} {
		s, err := view(t, configured(t, host, network(), "192.0.2.9", 1), nil, storagetest.Sys{"block/": ""}).Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		checks = append(checks, s.Checks...)
	}
	for _, c := range checks {
		if !strings.Contains(string(text), "\n| `"+c.Name+"` |") {
			t.Errorf("docs/runbook.md has no row for the check %s", c.Name)
		}
	}
}
