package ctl

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/ha/link"
	"tournant/internal/storage"
	"tournant/internal/systemd/systemdtest"
)

// frame is what both agents say at one time.
type frame struct{ here, there control.Status }

// play has two agents say what is written down: the first frame until one is
// asked for something, then the next whenever this host's is looked at.
type play struct {
	mu     sync.Mutex
	frames []frame
	at     int
	refuse string
	times  int // that it refuses, 0 for ever
	asked  []string
}

func (p *play) look(w http.ResponseWriter, here bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f := p.frames[p.at]
	if !here {
		link.Answer(w, f.there)
		return
	}
	link.Answer(w, f.here)
	if len(p.asked) > 0 && p.at < len(p.frames)-1 {
		p.at++
	}
}

func (p *play) ask(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.refuse != "" {
		http.Error(w, p.refuse, http.StatusConflict)
		if p.times--; p.times == 0 {
			p.refuse = ""
		}
		return
	}
	p.asked = append(p.asked, r.URL.Query().Get("name"))
	w.WriteHeader(http.StatusAccepted)
}

var sharedSecret = strings.Repeat("0123456789abcdef", 4)

// onHost is be1, a backend, whose units a recorder has, as root. Without a play
// it has no agent, and without two neither has be2.
func onHost(t *testing.T, host string, p *play) (*app, *bytes.Buffer, *systemdtest.Recorder) {
	t.Helper()
	up := systemdtest.Unit{Loaded: true, Enabled: true, Active: true}
	agent, vrrp := up, up
	r := &systemdtest.Recorder{Log: "a line\n", Units: map[string]*systemdtest.Unit{
		"tournant-ha.service": &agent, "tournant-keepalived.service": &vrrp,
		"tournant-postgresql.service": {Loaded: true}, "tournant.service": {Loaded: true},
	}}
	a, out := installed(t, r)
	dir, err := os.MkdirTemp("", "ctl") // short: it is the base of a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	a.Prefix, a.Storage = dir, storage.OnHost()
	a.Host = func() (config.Host, error) { return config.Host{FQDN: host}, nil }
	network := fmt.Sprintf("127.%d.%d", 1+rand.IntN(254), rand.IntN(255))
	write(t, a.path(systemConfig, "chef-server.rb"), fmt.Sprintf(`topology "ha"
api_fqdn "chef.example.com"
ha['provider'] = 'aws'
ha['aws_region'] = 'us-west-1'
ha['aws_access_key_id'] = 'AKIDEXAMPLE'
ha['aws_secret_access_key'] = 'hush'
ha['ebs_volume_id'] = 'vol-049df61146c4d7901'
ha['ebs_device'] = '/dev/xvdf'
ha['path'] = %[2]q
backend_vip 'be', :ipaddress => '192.0.2.9', :device => 'lo'
server 'be1', :ipaddress => '%[1]s.1', :role => 'backend', :bootstrap => true
server 'be2', :ipaddress => '%[1]s.2', :role => 'backend'
server 'fe1', :ipaddress => '%[1]s.3', :role => 'frontend'
`, network, a.path("volume")))
	write(t, a.path(systemConfig, config.SecretsFile), `{"ha":{"shared_secret":"`+sharedSecret+`"}}`)
	if p != nil {
		p.serve(t, a.path(control.Socket), netip.MustParseAddr(network+".2"))
	}
	return a, out, r
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o700), os.WriteFile(name, []byte(content), 0o600)); err != nil {
		t.Fatal(err)
	}
}

// serve answers as both agents.
func (p *play) serve(t *testing.T, socket string, peer netip.Addr) {
	t.Helper()
	here := http.NewServeMux()
	here.HandleFunc("GET "+control.PathStatus, func(w http.ResponseWriter, _ *http.Request) { p.look(w, true) })
	here.HandleFunc("POST "+control.PathRequest, p.ask)
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	local := &http.Server{Handler: here}
	go local.Serve(l)
	t.Cleanup(func() { local.Close() })

	identity, err := link.NewIdentity("be2", config.Secret(sharedSecret))
	if err != nil {
		t.Fatal(err)
	}
	there := http.NewServeMux()
	there.HandleFunc("GET "+link.PathStatus, func(w http.ResponseWriter, _ *http.Request) { p.look(w, false) })
	r, err := identity.Listen(t.Context(), netip.AddrPortFrom(peer, link.Port), netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	remote := identity.NewServer(there, slog.New(slog.DiscardHandler))
	go remote.Serve(r)
	t.Cleanup(func() { remote.Close() })
}

// primary is a document of one that serves, standby of one that waits.
func primary(host string) control.Status {
	return control.Status{
		Host: host, Role: "backend", State: "primary", Reason: "primary", Epoch: 7, Since: time.Unix(1780000000, 0).UTC(),
		Volume:     control.Volume{ID: "vol-049df61146c4d7901", AttachedTo: host, Device: "/dev/nvme1n1", Mounted: true},
		VIP:        control.VIP{Address: "192.0.2.9", OnInterface: true, AssignedTo: host},
		Keepalived: control.Keepalived{State: "master"}, Lease: control.Lease{Valid: true, RemainingMS: 2100},
		Peer:     control.Peer{Name: "be2", Address: "127.1.1.2", Reachable: true, State: "standby"},
		Services: map[string]string{"keepalived": "running", "postgresql": "running", "tournant": "running"}, OK: true,
		Checks: []control.Check{{Name: "cluster-status", OK: true, Text: "cluster status = master"}},
	}
}

func standby(host string) control.Status {
	return control.Status{
		Host: host, Role: "backend", State: "standby", Reason: "the peer is primary", Since: time.Unix(1780000000, 0).UTC(),
		Volume: control.Volume{ID: "vol-049df61146c4d7901"}, VIP: control.VIP{Address: "192.0.2.9"}, Keepalived: control.Keepalived{State: "backup"},
		Services: map[string]string{"keepalived": "running", "postgresql": "stopped", "tournant": "stopped"}, OK: true,
		Checks: []control.Check{{Name: "cluster-status", OK: true, Text: "cluster status = backup"}},
	}
}

func with(s control.Status, change func(*control.Status)) control.Status {
	change(&s)
	return s
}

func demoting(host string) control.Status {
	return with(primary(host), func(s *control.Status) {
		s.State, s.Reason, s.Lease, s.VIP.OnInterface = "demoting", "the peer has the right of way after a hand-over", control.Lease{}, false
	})
}

func promoting(host string) control.Status {
	return with(primary(host), func(s *control.Status) {
		s.State, s.Reason, s.Lease, s.VIP.OnInterface = "promoting", "PostgreSQL is starting", control.Lease{}, false
	})
}

func stopped(host string) control.Status {
	return with(standby(host), func(s *control.Status) {
		s.Keepalived.State, s.Services = "stopped", map[string]string{"keepalived": "stopped"}
	})
}

// handsOver is a hand-over from here, after which this host is as it is last.
func handsOver(last control.Status) []frame {
	return []frame{
		{primary("be1"), standby("be2")}, {primary("be1"), standby("be2")}, {demoting("be1"), standby("be2")},
		{standby("be1"), standby("be2")}, {standby("be1"), standby("be2")}, {standby("be1"), promoting("be2")}, {last, primary("be2")},
	}
}

func TestHandOver(t *testing.T) {
	back := []frame{
		{primary("be1"), standby("be2")}, {primary("be1"), standby("be2")}, {demoting("be1"), standby("be2")},
		{primary("be1"), with(standby("be2"), func(s *control.Status) { s.Reason = "EC2 does not answer" })},
	}
	takes := []frame{
		{standby("be1"), primary("be2")}, {standby("be1"), demoting("be2")}, {promoting("be1"), standby("be2")}, {primary("be1"), standby("be2")},
	}
	unwilling := func(change func(*control.Status)) []frame {
		f := handsOver(stopped("be1"))
		for i := range f {
			f[i].there = with(standby("be2"), change)
		}
		return f
	}
	for _, test := range []struct {
		command string
		in      string
		frames  []frame
		refuse  string
		code    int
		out     []string // in this order
		asked   string
	}{
		{
			"stop keepalived", "", handsOver(stopped("be1")), "", 0,
			[]string{
				"be1: primary", "releasing: be1: the peer has the right of way", "volume moving: be1 has let go of it; be2: the peer is primary",
				"promoting: be2: PostgreSQL is starting", "be2 is primary, epoch 7. At most ", " s without service.", "ok: run: keepalived",
			}, "stop-keepalived",
		},
		{"ha-failover", "", handsOver(standby("be1")), "", 0, []string{"be2 is primary, epoch 7. At most "}, "ha-failover"},
		{"ha-failover", "", takes, "", 0, []string{"releasing: be2: ", "promoting: be1: PostgreSQL", "be1 is primary, epoch 7. At most "}, "ha-failover"},
		{"ha-failover", "", back, "", 1, []string{"be1 serves again: be2 did not take over (EC2 does not answer)."}, "ha-failover"},
		{"ha-failover", "", handsOver(standby("be1")), "the peer is not ready", 1, []string{"The peer is not ready."}, ""},
		{
			"ha-failover", "", unwilling(func(s *control.Status) { s.Maintenance = true }), "", 1,
			[]string{"be2 would not take over: be2 is in maintenance", "Nothing was changed."}, "",
		},
		{
			"stop keepalived", "N\n", unwilling(func(s *control.Status) { s.Keepalived.State = "stopped" }), "", 3,
			[]string{"[WARN] be2 would not take over: keepalived is stopped on be2", "Nobody would serve then. Stop all the same? (Y/N)", "You said no"}, "",
		},
		{"stop keepalived", "", unwilling(func(s *control.Status) { s.Held = true }), "", 3, []string{"made backup by an operator", "No answer: nothing was changed."}, ""},
		{"stop keepalived -y", "", unwilling(func(s *control.Status) { s.State = "fenced" }), "", 0, []string{"be2 is fenced", "ok: run: keepalived"}, "stop-keepalived"},
		{
			"stop keepalived", "", unwilling(func(s *control.Status) { s.Checks = []control.Check{{Name: "ec2", Text: "EC2 does not answer."}} }), "", 3,
			[]string{"be2: EC2 does not answer."}, "",
		},
		{"stop keepalived", "", []frame{{standby("be1"), primary("be2")}, {stopped("be1"), primary("be2")}}, "", 0, []string{"ok: run: keepalived"}, "stop-keepalived"},
		{
			"start keepalived", "", []frame{{stopped("be1"), primary("be2")}, {stopped("be1"), primary("be2")}, {standby("be1"), primary("be2")}}, "", 0,
			[]string{"be1 is standby: the peer is primary", "ok: run: keepalived: (pid 4711) 10s"}, "start-keepalived",
		},
		{
			"restart keepalived", "", append(handsOver(stopped("be1")), frame{standby("be1"), primary("be2")}), "", 0,
			[]string{"be2 is primary", "be1 is standby", "ok: run: keepalived"}, "stop-keepalived start-keepalived",
		},
		{
			"ha-maintenance on", "", []frame{{standby("be1"), primary("be2")}, {with(standby("be1"), func(s *control.Status) { s.Maintenance = true }), primary("be2")}}, "", 0,
			[]string{"be1 is in maintenance: it does not take over by itself until `chef-server-ctl ha-maintenance off`."}, "maintenance-on",
		},
		{"ha-maintenance off", "", []frame{{standby("be1"), primary("be2")}}, "", 0, []string{"be1 is not in maintenance"}, "maintenance-off"},
		{"ha-maintenance maybe", "", []frame{{}}, "", 1, []string{`"maybe": say on or off.`}, ""},
		{"master-recover", "N\n", []frame{{standby("be1"), standby("be2")}}, "", 3, []string{"Make be1 primary, and take the volume from be2 by force", "You said no"}, ""},
		{"master-recover -y", "", []frame{{standby("be1"), standby("be2")}, {promoting("be1"), standby("be2")}, {primary("be1"), standby("be2")}}, "", 0, []string{"be1 is primary, epoch 7."}, "master-recover"},
		{"master-recover -y", "", []frame{{standby("be1"), primary("be2")}}, "the peer is primary: use `ha-failover`", 1, []string{"The peer is primary: use `ha-failover`."}, ""},
		{
			"backup-recover", "Y\n", handsOver(with(standby("be1"), func(s *control.Status) { s.Held = true })), "", 0,
			[]string{"Make be1 standby, and keep it so? (Y/N)", "be2 is primary", "be1 is backup, and stays it until `chef-server-ctl start keepalived`."}, "backup-recover",
		},
		{"backup-recover", "", handsOver(standby("be1")), "", 3, []string{"No answer: nothing was changed."}, ""},
	} {
		p := &play{frames: test.frames, refuse: test.refuse}
		a, out, _ := onHost(t, "be1", p)
		a.Stdin = strings.NewReader(test.in)
		code := Run(t.Context(), a.Env, strings.Fields(test.command))
		if asked := strings.Join(p.asked, " "); code != test.code || asked != test.asked {
			t.Errorf("%s: exit code %d, asked for %q; want %d, %q:\n%s", test.command, code, asked, test.code, test.asked, out)
		}
		inOrder(t, test.command, out.String(), test.out)
	}
}

func inOrder(t *testing.T, what, text string, parts []string) {
	t.Helper()
	rest := text
	for _, part := range parts {
		i := strings.Index(rest, part)
		if i < 0 {
			t.Errorf("%s: no %q, or not in its order, in\n%s", what, part, text)
			return
		}
		rest = rest[i+len(part):]
	}
}

// The agent knows for a second no better than that the other one has stopped.
func TestFailoverRightAfterStart(t *testing.T) {
	p := &play{frames: []frame{{primary("be1"), standby("be2")}, {standby("be1"), primary("be2")}}, refuse: "the peer is not ready", times: 2}
	a, out, _ := onHost(t, "be1", p)
	if code := Run(t.Context(), a.Env, []string{"ha-failover"}); code != 0 || len(p.asked) != 1 {
		t.Errorf("exit code %d, asked for %q: %s", code, p.asked, out)
	}
}

// What takes too long is said with how far it is, and not undone.
func TestHandOverThatDoesNotEnd(t *testing.T) {
	p := &play{frames: []frame{{demoting("be1"), standby("be2")}}}
	a, _, _ := onHost(t, "be1", p)
	b, err := a.backend()
	if err != nil {
		t.Fatal(err)
	}
	h := handover{b: b, fromHere: true, within: time.Nanosecond}
	if err := h.follow(t.Context()); err == nil || !strings.Contains(err.Error(), "be2 does not serve after 1ns: the peer is primary\nIt goes on by itself") {
		t.Errorf("got %v", err)
	}
	if _, err := b.await(t.Context(), 0, serves); err == nil || !strings.Contains(err.Error(), "be1 is demoting after 0s: ") {
		t.Errorf("got %v", err)
	}
}

// On a backend the agent has a say in what is done to services.
func TestServicesOfBackend(t *testing.T) {
	both := func(s control.Status) *play { return &play{frames: []frame{{s, standby("be2")}}} }
	for _, test := range []struct {
		command string
		here    control.Status
		code    int
		out     string
		asked   string
	}{
		{"service-list", standby("be1"), 0, "tournant-ha*\nkeepalived*\npostgresql\ntournant\n", ""},
		{
			"status", standby("be1"), 0, "run: tournant-ha: (pid 4711) 10s; down: log: 10s\nrun: keepalived: (pid 4711) 10s; down: log: 10s\n" +
				"down: postgresql: 10s; down: log: 10s\ndown: tournant: 10s; down: log: 10s\n", "",
		},
		{"status postgresql", primary("be1"), 3, "down: postgresql: 10s; down: log: 10s\n", ""},
		{"start postgresql", standby("be1"), 1, "be1 is standby (the peer is primary): postgresql runs on the primary alone", ""},
		{"start tournant", promoting("be1"), 0, "ok: down: tournant", ""},
		{"start tournant", demoting("be1"), 0, "ok: down: tournant", ""},
		{"start", standby("be1"), 0, "ok: run: tournant-ha: (pid 4711) 10s\nok: run: keepalived", ""},
		{"stop postgresql", primary("be1"), 1, "be1 is primary: tournant-ha would start postgresql again. `chef-server-ctl stop keepalived` hands over", ""},
		{"stop postgresql", standby("be1"), 0, "ok: down: postgresql: 10s\n", "stop tournant-postgresql.service"},
		{"graceful-kill tournant", primary("be1"), 1, "be1 is primary: tournant-ha would start tournant again.", ""},
		{"restart tournant", primary("be1"), 0, "ok: run: tournant: (pid 4711) 10s, normally down\n", "restart tournant.service"},
		{"restart postgresql", primary("be1"), 1, "by a hand-over: `chef-server-ctl ha-failover`", ""},
		{"restart tournant", standby("be1"), 1, "tournant runs on the primary alone", ""},
		{"restart", standby("be1"), 0, "be1 is standby: tournant and postgresql do not run here", ""},
		{"restart", primary("be1"), 0, "ok: run: tournant: ", "restart tournant.service"},
		{"stop", primary("be1"), 1, "be1 is primary: say what to stop.", ""},
		{"stop", standby("be1"), 0, "be1 is standby: ", ""},
		{"hup", primary("be1"), 0, "", "kill main HUP tournant.service"},
		{"hup keepalived", standby("be1"), 0, "", "kill main HUP tournant-keepalived.service"},
		{"stop tournant-ha", primary("be1"), 0, "ok: down: tournant-ha: 10s, normally up\n", "stop tournant-ha.service"},
		{"restart tournant-ha", standby("be1"), 0, "ok: run: tournant-ha: ", "restart tournant-ha.service"},
		{
			"tail", standby("be1"), 0, "a line\n", "journalctl --no-pager --follow --lines=10 --output=cat --unit=tournant-ha.service " +
				"--unit=tournant-keepalived.service --unit=tournant-postgresql.service --unit=tournant.service",
		},
		{"stop rabbitmq", standby("be1"), 1, "There is no service rabbitmq: it is part of tournant here.\n", ""},
	} {
		a, out, r := onHost(t, "be1", both(test.here))
		code := Run(t.Context(), a.Env, strings.Fields(test.command))
		asked := strings.Join(r.Take(), "; ")
		if code != test.code || !strings.HasPrefix(out.String(), test.out) && !strings.Contains(out.String(), test.out) || asked != test.asked {
			t.Errorf("%s: exit code %d, asked %q, printed\n%swant %d, %q,\n%s", test.command, code, asked, out, test.code, test.asked, test.out)
		}
	}
}

// Nothing of high availability works on another host, or without the agent.
func TestNoBackend(t *testing.T) {
	for _, test := range []struct {
		host, command string
		code          int
		out           string
	}{
		{"fe1", "ha-failover", 1, "This host is a frontend: run the command on a backend, be1 or be2.\n"},
		{"fe1", "stop keepalived", 1, "There is no service keepalived: this host is no backend of topology \"ha\". Services: tournant\n"},
		{"be1", "ha-failover", 1, "The HA agent does not run: start it with `chef-server-ctl start tournant-ha`"},
		{"be1", "ha-maintenance on", 1, "The HA agent does not run"},
		{"be1", "start postgresql", 1, "The HA agent does not run"},
		{"be1", "stop keepalived", 0, "only keepalived itself is stopped.\nok: down: keepalived: 10s, normally up\n"},
		{"be1", "ha-status", 1, "[ERROR] cannot check HA status if you haven't completed a reconfigure\n"},
		{"other", "ha-status", 1, "No server configuration found for \"other\""},
	} {
		a, out, _ := onHost(t, test.host, nil)
		if code := Run(t.Context(), a.Env, strings.Fields(test.command)); code != test.code || !strings.Contains(out.String(), test.out) {
			t.Errorf("%s on %s: exit code %d, printed\n%swant %d,\n%s", test.command, test.host, code, out, test.code, test.out)
		}
	}
	a, out := installed(t, &systemdtest.Recorder{})
	write(t, a.path("etc/opscode/chef-server-running.json"), "{}")
	for command, want := range map[string]string{
		"ha-status":         "[ERROR] keepalived HA services not enabled, please configure keepalived according to documentation.\n",
		"ha-status --watch": "[ERROR] keepalived HA services not enabled, please configure keepalived according to documentation.\n",
		"master-recover":    "This host has no part in topology \"ha\": there is no other to hand over to.\n",
	} {
		out.Reset()
		if code := Run(t.Context(), a.Env, strings.Fields(command)); code != 1 || out.String() != want {
			t.Errorf("%s, standalone: exit code %d, %q, want %q", command, code, out, want)
		}
	}
}

func TestHAStatus(t *testing.T) {
	s := primary("be1")
	p := &play{frames: []frame{{s, standby("be2")}}}
	a, out, _ := onHost(t, "be1", p)
	if code := Run(t.Context(), a.Env, []string{"ha-status"}); code != 0 {
		t.Errorf("exit code %d", code)
	}
	inOrder(t, "ha-status", out.String(), []string{"[OK] cluster status = master\n", "primary since ", "\n\n[OK] all checks passed.\n\n"})
	out.Reset()
	if code := Run(t.Context(), a.Env, []string{"ha-status", "--json"}); code != 0 {
		t.Errorf("--json: exit code %d", code)
	}
	var got control.Status
	if err := json.Unmarshal(out.Bytes(), &got); err != nil || got.State != "primary" || got.Epoch != 7 {
		t.Errorf("--json: %v, %+v", err, got)
	}
	p.frames[0].here.Checks = append(p.frames[0].here.Checks, control.Check{Name: "vip", Code: 3, Text: "did not find VIP IP address and I am master", Reason: "gone"})
	p.frames[0].here.OK = false
	out.Reset()
	if code := Run(t.Context(), a.Env, []string{"ha-status"}); code != 3 {
		t.Errorf("with a failing check: exit code %d, want 3", code)
	}
	inOrder(t, "ha-status", out.String(), []string{"[ERROR] did not find VIP IP address and I am master\n     gone\n", "\n\n[ERROR] ERRORS WERE DETECTED.\n\n"})
	if code := Run(t.Context(), a.Env, []string{"ha-status", "--interval", "1ms"}); code != 1 {
		t.Errorf("with a millisecond between looks: exit code %d, want 1", code)
	}
}
