package setup_test

import (
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/hastatus"
	"tournant/internal/postgres"
	"tournant/internal/setup"
	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
	"tournant/internal/systemd"
	"tournant/internal/systemd/systemdtest"
	"tournant/lab/volume"
)

// From the documentation's last step to a primary, and again, and with other
// settings.
func TestBootstrapBackend(t *testing.T) {
	m := newMember(t)
	m.attach(volume.Create)
	data := m.prepare()
	if err := os.MkdirAll(m.mount(), 0o700); err != nil {
		t.Fatal(err)
	}
	storagetest.Run(t, "mount", data.Path, m.mount())
	m.agent.say(promoting, promoting, unreached, primary)
	_, got, err := m.set("be1.example.com", m.source())
	want := []string{
		"made /etc/opscode", "set the mode of /var/opt/opscode to 0711", "made /var/log/opscode",
		"set the mode of /var/opt/opscode/drbd to 0711, for PostgreSQL's user",
		"made a PostgreSQL cluster in /var/opt/opscode/drbd/data/postgresql", "unmounted /var/opt/opscode/drbd/data, which the agent mounts",
		"wrote /etc/opscode/private-chef-secrets.json", "wrote /etc/opscode/server.key", "wrote /etc/opscode/server.crt",
		"wrote /etc/systemd/system/tournant.service.d/tournant-ha.conf",
		"wrote /etc/systemd/system/tournant-postgresql.service", "started tournant-ha.service", "wrote /var/opt/opscode/ha/applied.json", "enabled tournant-ha.service",
		"wrote /var/opt/opscode/keepalived/etc/keepalived.conf", "started tournant-keepalived.service", "enabled tournant-keepalived.service",
		"wrote /etc/opscode/chef-server-running.json",
		"reload", "start tournant-ha.service", "enable tournant-ha.service", "reload",
		"start tournant-keepalived.service", "enable tournant-keepalived.service", "reload",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("first: %v\n%s", err, diff)
	}
	if want := []string{"this backend is promoting: the volume is being attached", "this backend is primary: EC2 is still moving the VIP"}; !slices.Equal(m.noted, want) {
		t.Errorf("noted %q, want %q", m.noted, want)
	}
	m.checkFounded(data)

	if _, got, err = m.set("be1.example.com", m.source()); err != nil || len(got) > 0 {
		t.Errorf("again: %v, %q", err, got)
	}
	m.checkChanges()
}

// checkFounded looks at what is on the volume, and who may read what.
func (m *member) checkFounded(data storage.Node) {
	t := m.t
	t.Helper()
	if err := m.Storage.Unused(m.mount()); err != nil {
		t.Errorf("left mounted: %v", err)
	}
	storagetest.Run(t, "mount", data.Path, m.mount())
	defer storagetest.Unmount(t, m.mount())
	binaries, err := postgres.Binaries("/", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := postgres.OnVolume(m.mount(), binaries).CheckVersion(t.Context()); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]os.FileMode{
		setup.ConfigDir + "/" + config.SecretsFile: 0o600, setup.RunningFile: 0o600, setup.DataDir: 0o711,
		setup.ConfigDir + "/" + config.SharedCertificate: 0o644, setup.ConfigDir + "/" + config.SharedKey: 0o600,
		setup.DataDir + "/ha/applied.json": 0o600, setup.DataDir + "/keepalived/etc/keepalived.conf": 0o600, setup.BackendDropInFile: 0o644,
	} {
		info, err := os.Stat(filepath.Join(m.Root, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want mode %v", name, info, err, want)
		}
	}
	for _, name := range []string{setup.RunningFile, setup.DataDir + "/ha/applied.json"} {
		if content := m.read(t, name); strings.Contains(content, "hush") || !json.Valid([]byte(content)) {
			t.Errorf("%s: %s", name, content)
		}
	}
}

// checkChanges has other settings run: a primary goes on, a standby starts again
// what reads them.
func (m *member) checkChanges() {
	t := m.t
	t.Helper()
	server := m.systemd.Units[setup.Unit]
	server.Active = true // by the agent
	const skewed = "opscode_erchef['auth_skew'] = 70\nkeepalived['vrrp_instance_priority'] = 100\npostgresql['port'] = 5433\n"
	const slow, skew, key = "keepalived['vrrp_instance_advert_int'] = 2\n", "opscode_erchef['auth_skew'] = 60\n", "ha['aws_secret_access_key'] = 'other'\n"
	const running, applied = "wrote /etc/opscode/chef-server-running.json", "wrote /var/opt/opscode/ha/applied.json"
	for _, step := range []struct {
		what, more string
		status     control.Status
		want       []string
		pending    bool
	}{
		{"keepalived's", slow, primary, []string{"wrote /var/opt/opscode/keepalived/etc/keepalived.conf", running}, false},
		{"the server's, on the primary", slow + skew, primary, []string{"restarted tournant.service", applied, running, "restart tournant.service"}, false},
		{"the agent's, on the primary", slow + skew + key, primary, nil, true},
		{"still", slow + skew + key, primary, nil, true},
		{"both's and PostgreSQL's, on the primary", slow + key + skewed, primary, nil, true},
		{"the agent's, on a standby", slow + skew + key, standby, []string{"restarted tournant-ha.service", applied, "restart tournant-ha.service"}, false},
		{"PostgreSQL's, on a standby", slow + key + skewed, standby, []string{
			"wrote /etc/systemd/system/tournant-postgresql.service", "restarted tournant-ha.service", applied, running, "reload", "restart tournant-ha.service",
		}, false},
		{"back, on a standby", slow + skew + key, standby, []string{
			"wrote /etc/systemd/system/tournant-postgresql.service", "restarted tournant-ha.service", applied, running, "reload", "restart tournant-ha.service",
		}, false},
		{"the server's, on a standby", slow + key, standby, []string{applied, running}, false},
	} {
		m.agent.say(step.status)
		out, got, err := m.set("be1.example.com", m.source()+step.more)
		if diff := cmp.Diff(step.want, got, cmpopts.EquateEmpty()); err != nil || diff != "" || (out.Pending != "") != step.pending {
			t.Errorf("%s: %v, pending %q\n%s", step.what, err, out.Pending, diff)
		}
	}
}

// The superuser's key, which the primary left on the volume, is where it is
// copied to the other hosts from. One that is there stays.
func TestSuperuserKey(t *testing.T) {
	m := newMember(t)
	m.write(setup.ConfigDir+"/"+config.SecretsFile, secrets)
	m.systemd.Units[hastatus.UnitAgent] = &systemdtest.Unit{Loaded: true, Enabled: true, Active: true}
	m.write("var/opt/opscode/drbd/data/tournant/pivotal.pem", "first")
	m.agent.say(standby)
	if _, _, err := m.set("be1.example.com", m.source()); err != nil {
		t.Fatal(err)
	}
	const name = setup.ConfigDir + "/pivotal.pem"
	if _, err := os.Stat(filepath.Join(m.Root, name)); err == nil {
		t.Error("a standby has a key that it cannot have")
	}
	m.agent.say(primary)
	for range 2 {
		if _, _, err := m.set("be1.example.com", m.source()); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(m.Root, name))
		if err != nil || info.Mode().Perm() != 0o600 || m.read(t, name) != "first" {
			t.Errorf("key: %v, %v", info, err)
		}
		m.write("var/opt/opscode/drbd/data/tournant/pivotal.pem", "second")
	}
}

// A second backend gets its agent and its keepalived, and no more.
func TestSecondaryBackend(t *testing.T) {
	m := newMember(t)
	m.Addresses = []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}
	m.write(setup.ConfigDir+"/"+config.SecretsFile, secrets)
	peer := standby
	peer.Peer.Name = "be1.example.com"
	m.agent.say(peer)
	out, got, err := m.set("be2.example.com", m.source())
	if err != nil || out.Backend.Peer.Name != "be1.example.com" {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, step := range got {
		if strings.Contains(step, "start tournant.service") || strings.Contains(step, "enable tournant.service") || strings.Contains(step, "PostgreSQL cluster") {
			t.Errorf("a standby: %s", step)
		}
	}
	if !slices.Contains(got, "start tournant-ha.service") || !slices.Contains(got, "start tournant-keepalived.service") {
		t.Errorf("asked %q", got)
	}
	// A person stopped keepalived: it stays so, and nobody is waited for.
	m.systemd.Units[hastatus.UnitKeepalived].Active = false
	m.agent.say(control.Status{State: "standby", Keepalived: control.Keepalived{State: "stopped"}})
	if _, got, err = m.set("be2.example.com", m.source()); err != nil || len(got) > 0 || len(m.noted) != 1 {
		t.Errorf("keepalived stopped: %v, %q, noted %q", err, got, m.noted)
	}
	// One that failed is started.
	m.systemd.Units[hastatus.UnitKeepalived] = &systemdtest.Unit{Loaded: true, Enabled: true, Failed: true}
	m.agent.say(peer)
	if _, got, err = m.set("be2.example.com", m.source()); err != nil || !slices.Contains(got, "start tournant-keepalived.service") {
		t.Errorf("keepalived failed: %v, %q", err, got)
	}
}

// What a backend waits for in vain is told, with what its agent met, and how to
// see more.
func TestBackendThatDoesNotSettle(t *testing.T) {
	m := newMember(t)
	m.Patience = 300 * time.Millisecond
	m.write(setup.ConfigDir+"/"+config.SecretsFile, secrets)
	m.systemd.Units[hastatus.UnitAgent] = &systemdtest.Unit{Loaded: true, Enabled: true, Active: true}
	for _, test := range []struct {
		says []control.Status
		want []string
	}{
		{[]control.Status{alone}, []string{"be2.example.com, does not answer at 10.0.0.2", "attach: UnauthorizedOperation", "are the keys right?", "journalctl -u tournant-ha"}},
		{[]control.Status{promoting}, []string{"nobody was primary", "the volume is being attached", "ha-status"}},
		{nil, []string{"did not answer", "the loop does not turn"}},
	} {
		m.agent.say(test.says...)
		_, _, err := m.set("be1.example.com", m.source())
		var unsettled *setup.NotSettledError
		if !errors.As(err, &unsettled) {
			t.Fatalf("error %v", err)
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("got %v\nwant %s", err, want)
			}
		}
		if _, err := os.Stat(filepath.Join(m.Root, setup.RunningFile)); err == nil {
			t.Error("what never ran is kept as what runs")
		}
	}
}

// An agent that does not start is told with its own words, and the next run has
// it start again.
func TestAgentThatDoesNotStart(t *testing.T) {
	m := newMember(t)
	m.write(setup.ConfigDir+"/"+config.SecretsFile, secrets)
	m.Addresses = []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}
	m.systemd.Units[hastatus.UnitAgent].Fails = true
	m.systemd.Log = "tournant: read-only file system\n"
	var failure *systemd.Failure
	if _, _, err := m.set("be2.example.com", m.source()); !errors.As(err, &failure) || !strings.Contains(err.Error(), "read-only file system") {
		t.Fatalf("error %v", err)
	}
	m.systemd.Units[hastatus.UnitAgent] = &systemdtest.Unit{Loaded: true}
	m.agent.say(standby)
	if _, got, err := m.set("be2.example.com", m.source()); err != nil || !slices.Contains(got, "enable tournant-ha.service") {
		t.Errorf("%v, %q", err, got)
	}
}

// A frontend has the server alone, and one that was a backend loses what only an
// agent could run.
func TestFrontend(t *testing.T) {
	m := newMember(t)
	m.Addresses = []netip.Prefix{netip.MustParsePrefix("10.0.0.3/24")}
	m.write(setup.ConfigDir+"/"+config.SecretsFile, secrets)
	m.write(setup.BackendDropInFile, setup.BackendDropIn)
	delete(m.systemd.Units, hastatus.UnitAgent)
	delete(m.systemd.Units, hastatus.UnitKeepalived)
	out, got, err := m.set("fe1.example.com", m.source())
	want := []string{
		"set the mode of /var/opt/opscode to 0711", "made /var/log/opscode", "wrote /etc/opscode/private-chef-secrets.json", "removed " + setup.BackendDropInFile,
		"enabled tournant.service", "started tournant.service", "wrote /var/opt/opscode/ha/applied.json",
		"wrote /etc/opscode/chef-server-running.json", "reload", "enable tournant.service", "reload", "start tournant.service",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" || out.Backend != nil {
		t.Errorf("%+v, %v\n%s", out, err, diff)
	}
	if _, err := os.Stat(filepath.Dir(filepath.Join(m.Root, setup.BackendDropInFile))); err == nil {
		t.Error("an empty directory of drop-ins is left")
	}
	if _, got, err = m.set("fe1.example.com", m.source()); err != nil || len(got) > 0 {
		t.Errorf("again: %v, %q", err, got)
	}
	// Other secrets, copied from the backend that made them.
	m.write(setup.ConfigDir+"/"+config.SecretsFile, strings.ReplaceAll(m.read(t, setup.ConfigDir+"/"+config.SecretsFile), secret, strings.ToUpper(secret)))
	if _, got, err = m.set("fe1.example.com", m.source()); err != nil || !slices.Contains(got, "restart tournant.service") {
		t.Errorf("other secrets: %v, %q", err, got)
	}
	// It makes no certificate for all, and serves with the one that came from there.
	m.write(setup.ConfigDir+"/"+config.SharedKey, "a key")
	m.write(setup.ConfigDir+"/"+config.SharedCertificate, "a certificate")
	if _, got, err = m.set("fe1.example.com", m.source()); err != nil || !slices.Contains(got, "restart tournant.service") {
		t.Errorf("the certificate: %v, %q", err, got)
	}
	if !strings.Contains(m.read(t, setup.RunningFile), `"ssl_certificate": "/etc/opscode/server.crt"`) {
		t.Errorf("it runs with %s", m.read(t, setup.RunningFile))
	}
}

// A host that becomes a backend stops being what it was.
func TestFrontendThatBecomesABackend(t *testing.T) {
	m := newMember(t)
	m.Addresses = []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}
	m.write(setup.ConfigDir+"/"+config.SecretsFile, secrets)
	m.systemd.Units[setup.Unit] = &systemdtest.Unit{Loaded: true, Enabled: true, Active: true}
	m.agent.say(standby)
	_, got, err := m.set("be2.example.com", m.source())
	if err != nil {
		t.Fatal(err)
	}
	disabled, stopped, started := slices.Index(got, "disable tournant.service"), slices.Index(got, "stop tournant.service"), slices.Index(got, "start tournant-ha.service")
	if disabled < 0 || stopped < disabled || started < stopped {
		t.Errorf("asked %q", got)
	}
}

// A new /etc/opscode beside a volume with a database is a mistake, unless a
// person says that it is none.
func TestLostSecrets(t *testing.T) {
	m := newMember(t)
	m.attach(volume.Create)
	data := m.prepare()
	if err := os.MkdirAll(m.mount(), 0o755); err != nil {
		t.Fatal(err)
	}
	storagetest.Run(t, "mount", data.Path, m.mount())
	binaries, err := postgres.Binaries("/", 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := postgres.OnVolume(m.mount(), binaries).Create(t.Context()); err != nil {
		t.Fatal(err)
	}
	storagetest.Unmount(t, m.mount())
	m.agent.say(primary)
	if _, got, err := m.set("be1.example.com", m.source()); !errors.Is(err, setup.ErrLostSecrets) {
		t.Fatalf("%v, %q", err, got)
	}
	if err := m.Storage.Unused(m.mount()); err != nil {
		t.Errorf("what was not mounted before is now: %v", err)
	}
	m.write(setup.ConfigDir+"/"+config.SecretsFile, "{}")
	if _, got, err := m.set("be1.example.com", m.source()); err != nil || slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "made a PostgreSQL") }) {
		t.Errorf("%v, %q", err, got)
	}
}
