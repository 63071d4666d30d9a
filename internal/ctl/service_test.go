package ctl

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/config"
	"tournant/internal/systemd/systemdtest"
)

// installed is an app on a host of its own, as root.
func installed(t *testing.T, r *systemdtest.Recorder) (*app, *bytes.Buffer) {
	t.Helper()
	a, out := newApp("")
	a.Root, a.Prefix, a.Units = true, t.TempDir(), systemdtest.New(r)
	a.LookupEnv = func(string) (string, bool) { return "", false }
	a.Host = func() (config.Host, error) { return config.Host{FQDN: "chef.example.com"}, nil }
	return a, out
}

func TestServices(t *testing.T) {
	up := systemdtest.Unit{Loaded: true, Enabled: true, Active: true}
	down := systemdtest.Unit{Loaded: true}
	broken := systemdtest.Unit{Loaded: true, Enabled: true, Fails: true}
	for _, test := range []struct {
		command string
		unit    systemdtest.Unit
		code    int
		out     string
		asked   string
	}{
		{"service-list", up, 0, "tournant*\n", ""},
		{"service-list", down, 0, "tournant\n", ""},
		{"start", down, 0, "ok: run: tournant: (pid 4711) 10s, normally down\n", "start tournant.service"},
		{"start tournant", up, 0, "ok: run: tournant: (pid 4711) 10s\n", "start tournant.service"},
		{"stop", up, 0, "ok: down: tournant: 10s, normally up\n", "stop tournant.service"},
		{"restart", up, 0, "ok: run: tournant: (pid 4711) 10s\n", "restart tournant.service"},
		{"graceful-kill", up, 0, "ok: down: tournant: 10s, normally up\n", "stop tournant.service"},
		{"hup", up, 0, "", "kill main HUP tournant.service"},
		{"int", up, 0, "", "kill main INT tournant.service"},
		{"term tournant", up, 0, "", "kill main TERM tournant.service"},
		{"kill", up, 0, "", "kill main KILL tournant.service"},
		{"tail", up, 0, "a line\n", "journalctl --no-pager --follow --lines=10 --output=cat --unit=tournant.service"},
		{"start", broken, 1, "fail: tournant\nThe job to start tournant.service ended: failed.\nSee chef-server-ctl tail for what the service said.\n", "start tournant.service"},
		{"restart nginx", up, 1, "There is no service nginx: it is part of tournant here.\n", ""},
		{"stop keepalived", up, 1, "There is no service keepalived: this host is no backend of topology \"ha\". Services: tournant\n", ""},
		{"stop x", up, 1, "There is no service x. Services: tournant\n", ""},
		{"once", up, 1, "systemd cannot start a service that is not started again when it fails: use chef-server-ctl start.\n", ""},
		{"start", systemdtest.Unit{}, 1, "There is no service tournant: its package is not installed.\n", ""},
		{"service-list x", up, 2, "The command service-list does not accept any arguments\n", ""},
		{"status nginx", up, 1, "There is no service nginx: it is part of tournant here.\n", ""},
		{"status", up, 1, "run: tournant: (pid 4711) 10s; down: log: 10s\ntournant runs, but does not serve yet: see chef-server-ctl tail\n", ""},
		{"status", down, 3, "down: tournant: 10s; down: log: 10s\n", ""},
	} {
		r := &systemdtest.Recorder{Units: map[string]*systemdtest.Unit{"tournant.service": &test.unit}, Log: "a line\n"}
		a, out := installed(t, r)
		code := Run(t.Context(), a.Env, strings.Fields(test.command))
		asked := strings.Join(r.Take(), "; ")
		if code != test.code || out.String() != test.out || asked != test.asked {
			t.Errorf("%s: exit code %d, asked %q, printed\n%swant %d, %q,\n%s", test.command, code, asked, out, test.code, test.asked, test.out)
		}
	}
}

func TestServicesNeedRootAndSystemd(t *testing.T) {
	a, out := installed(t, &systemdtest.Recorder{})
	a.Units.Booted = func() bool { return false }
	if code := Run(t.Context(), a.Env, []string{"start"}); code != 1 || !strings.HasPrefix(out.String(), "Systemd does not run on this host") {
		t.Errorf("without systemd: exit code %d, %s", code, out)
	}
	out.Reset()
	a.Root = false
	for _, command := range []string{"start", "service-list", "tail", "reconfigure", "show-config", "check-config"} {
		if code := Run(t.Context(), a.Env, []string{command}); code != 1 || !strings.HasPrefix(out.String(), "This command must be run as root") {
			t.Errorf("%s without root: exit code %d, %s", command, code, out)
		}
		out.Reset()
	}
}

func TestConfigCommands(t *testing.T) {
	for _, test := range []struct {
		command, content string
		code             int
		want             []string // within what is printed
	}{
		{"check-config", "", 0, []string{"is well formed: topology standalone, 0 warnings."}},
		{"check-config", "rabbitmq['vip'] = '10.0.0.1'", 0, []string{"WARN: ", "chef-server.rb:1: rabbitmq['vip'] has no meaning here", "1 warnings."}},
		{"check-config", "\ntopolgy 'tier'\n", 1, []string{"ERROR: ", "chef-server.rb:2: topolgy is no setting. Did you mean topology?\n"}},
		{"check-config", "topology 'x'", 55, []string{"I do not understand topology x - try standalone, manual, ha, or tier"}},
		{"check-config", "nginx['ssl_certificate'] = '/absent/a'\nnginx['ssl_certificate_key'] = '/absent/b'", 1, []string{"open /absent/a: no such file", "open /absent/b"}},
		{"check-config -q", "rabbitmq['vip'] = '10.0.0.1'", 0, []string{"well formed"}},
		{"show-config", "ldap['bind_password'] = 'hush'", 0, []string{`"bind_password": "[hidden]"`, `"listen": "0.0.0.0:443"`}},
		{"show-config", "x y", 1, []string{"ERROR: "}},
	} {
		a, out := installed(t, &systemdtest.Recorder{})
		file := filepath.Join(t.TempDir(), "chef-server.rb")
		if err := os.WriteFile(file, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		a.Root = false // --config needs nobody to be
		code := Run(t.Context(), a.Env, append(strings.Fields(test.command), "--config", file))
		for _, want := range test.want {
			if code != test.code || !strings.Contains(out.String(), want) || strings.Contains(out.String(), "hush") {
				t.Errorf("%s of %q: exit code %d, want %d and %s, not\n%s", test.command, test.content, code, test.code, want, out)
			}
		}
	}
}

// The installed file may be missing, but not under its old name alone, and a
// host that lacks the secrets of others is told so with the original's code.
func TestReconfigureRefuses(t *testing.T) {
	r := &systemdtest.Recorder{Units: map[string]*systemdtest.Unit{"tournant.service": {Loaded: true}}}
	a, out := installed(t, r)
	etc := filepath.Join(a.Prefix, systemConfig)
	if err := os.MkdirAll(etc, 0o750); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		file, content string
		code          int
		want          string
	}{
		{"private-chef.rb", "", 1, "is the name of older releases. Rename it: mv "},
		{"chef-server.rb", "topology 'tier'\napi_fqdn 'c'\nserver 'chef.example.com', role: 'frontend', ipaddress: '10.0.0.2'\n" +
			"server 'be', role: 'backend', ipaddress: '10.0.0.1', bootstrap: true\nbackend_vip 'be', ipaddress: '10.0.0.9'\n",
			44, "FATAL: The secrets must be created on the bootstrap node."},
	} {
		if err := os.WriteFile(filepath.Join(etc, test.file), []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		out.Reset()
		code := Run(t.Context(), a.Env, []string{"reconfigure"})
		if code != test.code || !strings.Contains(out.String(), test.want) {
			t.Errorf("%s: exit code %d, %s\nwant %d and %s", test.file, code, out, test.code, test.want)
		}
	}
	if diff := cmp.Diff([]string(nil), r.Take()); diff != "" {
		t.Error(diff)
	}
}
