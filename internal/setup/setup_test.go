package setup_test

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/config"
	"tournant/internal/setup"
	"tournant/internal/systemd"
	"tournant/internal/systemd/systemdtest"
)

// host is a host of one's own.
type host struct {
	setup.Host
	systemd *systemdtest.Recorder
	told    []string
}

func newHost(t *testing.T) *host {
	t.Helper()
	h := &host{systemd: &systemdtest.Recorder{Units: map[string]*systemdtest.Unit{setup.Unit: {Loaded: true}}}}
	h.Host = setup.Host{
		Root: t.TempDir(), Units: systemdtest.New(h.systemd),
		Tell: func(change string) { h.told = append(h.told, change) },
	}
	return h
}

// apply sets the host up and returns what was told of and asked of systemd.
func (h *host) apply(t *testing.T, source string, env map[string]string) ([]string, error) {
	t.Helper()
	h.told = nil
	c, err := config.Evaluate(setup.ConfigFile, source, config.Env{
		Host:   config.Host{FQDN: "be1.example.com", Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}},
		Getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok },
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := h.Apply(t.Context(), c)
	if out.Changes != len(h.told) {
		t.Errorf("%d changes, and these were told: %q", out.Changes, h.told)
	}
	return append(h.told, h.systemd.Take()...), err
}

func (h *host) read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(h.Root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestApply(t *testing.T) {
	h := newHost(t)
	const enable, start, restart = "enable tournant.service", "start tournant.service", "restart tournant.service"
	first := []string{
		"made /etc/opscode", "made /var/opt/opscode", "made /var/log/opscode", "wrote /etc/opscode/private-chef-secrets.json",
		"enabled tournant.service", "started tournant.service",
		"wrote /etc/opscode/chef-server-running.json", enable, "reload", start,
	}
	token := map[string]string{"TOKEN": `a"b$c\d`}
	for _, step := range []struct {
		what, source string
		env          map[string]string
		want         []string
	}{
		{"the first time", "", nil, first},
		{"again", "", nil, nil},
		{"a comment", "# nothing\n", nil, nil},
		{"a setting", "opscode_erchef['auth_skew'] = 60", nil, []string{
			"restarted tournant.service", "wrote /etc/opscode/chef-server-running.json", restart,
		}},
		{"from ENV", "opscode_erchef['auth_skew'] = 60\ndata_collector['token'] = ENV['TOKEN']", token, []string{
			"wrote /etc/opscode/tournant.env", "restarted tournant.service", "wrote /etc/opscode/chef-server-running.json", restart,
		}},
		{"from ENV again", "opscode_erchef['auth_skew'] = 60\ndata_collector['token'] = ENV['TOKEN']", token, nil},
		{"back", "", nil, []string{
			"removed /etc/opscode/tournant.env", "restarted tournant.service", "wrote /etc/opscode/chef-server-running.json", restart,
		}},
	} {
		got, err := h.apply(t, step.source, step.env)
		if diff := cmp.Diff(step.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", step.what, err, diff)
		}
		if step.what == "from ENV" && !strings.Contains(h.read(t, "/etc/opscode/tournant.env"), `TOKEN="a\"b\$c\\d"`) {
			t.Errorf("environment:\n%s", h.read(t, "/etc/opscode/tournant.env"))
		}
	}
	h.checkModes(t)
}

func (h *host) checkModes(t *testing.T) {
	t.Helper()
	for name, want := range map[string]os.FileMode{
		setup.ConfigDir: 0o755, setup.DataDir: 0o711, setup.ConfigDir + "/" + config.SecretsFile: 0o600,
		setup.RunningFile: 0o600,
	} {
		info, err := os.Stat(filepath.Join(h.Root, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want mode %v", name, info, err, want)
		}
	}
}

// What is too open is closed; what somebody closed further stays so.
func TestModes(t *testing.T) {
	h := newHost(t)
	if _, err := h.apply(t, "", nil); err != nil {
		t.Fatal(err)
	}
	for name, mode := range map[string]os.FileMode{
		setup.ConfigDir: 0o700, setup.DataDir: 0o755, setup.ConfigDir + "/" + config.SecretsFile: 0o644,
	} {
		if err := os.Chmod(filepath.Join(h.Root, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	got, err := h.apply(t, "", nil)
	want := []string{"set the mode of /var/opt/opscode to 0711", "set the mode of /etc/opscode/private-chef-secrets.json to 0600"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// Without its package there is nothing to start, and it is said so.
func TestNotInstalled(t *testing.T) {
	h := newHost(t)
	h.systemd.Units[setup.Unit].Loaded = false
	if got, err := h.apply(t, "", nil); !errors.Is(err, setup.ErrNotInstalled) || len(got) > 0 {
		t.Fatalf("error %v, want %v; %q", err, setup.ErrNotInstalled, got)
	}
	h.systemd.Units[setup.Unit].Loaded = true
	got, err := h.apply(t, "", nil)
	want := []string{
		"made /etc/opscode", "made /var/opt/opscode", "made /var/log/opscode", "wrote /etc/opscode/private-chef-secrets.json",
		"enabled tournant.service", "started tournant.service", "wrote /etc/opscode/chef-server-running.json",
		"enable tournant.service", "reload", "start tournant.service",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("once it was installed: %v\n%s", err, diff)
	}
}

// A server that did not start again is started again the next time, though
// nothing changed in between.
func TestInterrupted(t *testing.T) {
	h := newHost(t)
	if _, err := h.apply(t, "", nil); err != nil {
		t.Fatal(err)
	}
	h.systemd.Units[setup.Unit].Fails = true
	var failure *systemd.Failure
	if _, err := h.apply(t, "opscode_erchef['auth_skew'] = 60", nil); !errors.As(err, &failure) {
		t.Fatalf("error %v", err)
	}
	h.systemd.Units[setup.Unit] = &systemdtest.Unit{Loaded: true, Enabled: true, Active: true}
	got, err := h.apply(t, "opscode_erchef['auth_skew'] = 60", nil)
	want := []string{"restarted tournant.service", "wrote /etc/opscode/chef-server-running.json", "restart tournant.service"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

const tier = `topology 'tier'
api_fqdn 'chef.example.com'
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend'%s
server 'be2.example.com', :ipaddress => '10.0.0.2', :role => 'backend'%s
backend_vip 'be1.example.com', :ipaddress => '10.0.0.9'
`

// Secrets are made on one host, and once.
func TestSecrets(t *testing.T) {
	h := newHost(t)
	first := strings.Replace(strings.Replace(tier, "%s", ", :bootstrap => true", 1), "%s", "", 1)
	other := strings.Replace(strings.Replace(tier, "%s", "", 1), "%s", ", :bootstrap => true", 1)
	if _, err := h.apply(t, other, nil); !errors.Is(err, setup.ErrNoSecrets) {
		t.Fatalf("not the bootstrap host: %v, want %v", err, setup.ErrNoSecrets)
	}
	if _, err := h.apply(t, first, nil); err != nil {
		t.Fatal(err)
	}
	if again, err := h.apply(t, first, nil); err != nil || len(again) > 0 {
		t.Errorf("the second time: %q, %v", again, err)
	}
	secrets := h.read(t, setup.ConfigDir+"/"+config.SecretsFile)
	for _, want := range []string{"db_superuser_password", "stats_password"} {
		if !strings.Contains(secrets, want) {
			t.Errorf("%s lacks %s", secrets, want)
		}
	}
	if _, err := h.apply(t, other, nil); err != nil { // with the file copied
		t.Fatal(err)
	}
	if got := h.read(t, setup.ConfigDir+"/"+config.SecretsFile); got != secrets {
		t.Errorf("the secrets changed from %s to %s", secrets, got)
	}
}

func TestConfigFileIsMadeOnce(t *testing.T) {
	h := newHost(t)
	for range 2 {
		if err := h.EnsureConfigFile(); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"made /etc/opscode", "wrote /etc/opscode/chef-server.rb"}
	if diff := cmp.Diff(want, h.told); diff != "" {
		t.Error(diff)
	}
}
