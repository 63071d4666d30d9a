package setup_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tournant/internal/command"
	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/hastatus"
	"tournant/internal/postgres"
	"tournant/internal/setup"
	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
	"tournant/internal/systemd/systemdtest"
	"tournant/lab/volume"
)

const (
	volumeID = "vol-049df61146c4d7901"
	secret   = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// secrets are what the bootstrap backend made.
var secrets = fmt.Sprintf(`{"ha":{"shared_secret":%[1]q},"postgresql":{"db_superuser_password":%[1]q},`+
	`"keepalived":{"vrrp_instance_password":%[1]q},"opscode_erchef":{"stats_password":%[1]q}}`, secret)

// member is a host of topology "ha": it has the packages, the distribution's
// PostgreSQL, a disk that may be the volume, and an agent that says what it is
// told to.
type member struct {
	*host
	t     *testing.T
	port  int
	vip   string // the device for it
	noted []string
	agent *agent
}

// newMember is a host with the packages of its role, and nothing set up.
func newMember(t *testing.T) *member {
	t.Helper()
	root, err := os.MkdirTemp("", "setup") // short: it is the base of a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	if err := os.Chmod(root, 0o755); err != nil { // PostgreSQL's user goes through it
		t.Fatal(err)
	}
	m := &member{host: newHost(t), t: t, port: freePort(t), vip: "lo", agent: &agent{}}
	m.Root = root
	for _, unit := range []string{hastatus.UnitAgent, hastatus.UnitKeepalived} {
		m.systemd.Units[unit] = &systemdtest.Unit{Loaded: true}
	}
	m.Addresses = []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}
	m.Patience, m.Note = 20*time.Second, func(text string) { m.noted = append(m.noted, text) }
	m.Storage = &storage.Host{Sys: storagetest.Sys{"block/": ""}.Write(t), Dev: t.TempDir(), Proc: "/proc", Run: &lvm{}}
	for _, dir := range []string{"etc/postgresql-common", "usr/lib", "run/tournant-ha", "var/opt/opscode"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/usr/lib/postgresql", filepath.Join(root, "usr/lib/postgresql")); err != nil {
		t.Fatal(err)
	}
	m.agent.serve(t, filepath.Join(root, control.Socket))
	t.Cleanup(func() { storagetest.Unmount(t, m.mount()) })
	return m
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", ":0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (m *member) mount() string { return filepath.Join(m.Root, "var/opt/opscode/drbd/data") }

func (m *member) write(name, content string) {
	m.t.Helper()
	path := filepath.Join(m.Root, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o600)); err != nil {
		m.t.Fatal(err)
	}
}

// source is the documentation's, for this network.
func (m *member) source() string {
	return fmt.Sprintf(`topology "ha"
api_fqdn 'chef.example.com'
ha['provider'] = 'aws'
ha['aws_access_key_id'] = 'AKIDEXAMPLE'
ha['aws_secret_access_key'] = 'hush'
ha['ebs_volume_id'] = '%s'
ha['ebs_device'] = '/dev/xvdf'
ha['path'] = '%s'
postgresql['port'] = %d
server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true
server 'be2.example.com', :ipaddress => '10.0.0.2', :role => 'backend'
backend_vip 'be.example.com', :ipaddress => '10.0.0.9', :device => '%[4]s', :heartbeat_device => '%[4]s'
server 'fe1.example.com', :ipaddress => '10.0.0.3', :role => 'frontend'
`, volumeID, m.mount(), m.port, m.vip)
}

// config is what a host of a name reads.
func (m *member) config(name, source string) (*config.Config, error) {
	m.t.Helper()
	have, err := config.ReadSecrets(filepath.Join(m.Root, setup.ConfigDir, config.SecretsFile))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		m.t.Fatal(err)
	}
	return config.Evaluate(setup.ConfigFile, source, config.Env{
		Host:   config.Host{FQDN: name, Addresses: m.Addresses},
		Getenv: func(string) (string, bool) { return "", false }, Secrets: have,
	})
}

// set sets the host up and returns what was told and asked.
func (m *member) set(name, source string) (setup.Outcome, []string, error) {
	m.t.Helper()
	m.told, m.noted = nil, nil
	c, err := m.config(name, source)
	if err != nil {
		m.t.Fatal(err)
	}
	out, err := m.Apply(m.t.Context(), c)
	if out.Changes != len(m.told) {
		m.t.Errorf("%d changes, and these were told: %q", out.Changes, m.told)
	}
	told := make([]string, 0, len(m.told))
	for _, change := range append(m.told, m.systemd.Take()...) {
		told = append(told, strings.ReplaceAll(change, m.Root, ""))
	}
	return out, told, err
}

// attach gives the host a new volume, whose bytes create makes.
func (m *member) attach(create func(image string, size int64) error) {
	m.t.Helper()
	dir := m.t.TempDir()
	image := filepath.Join(dir, "volume.img")
	if err := create(image, 256<<20); err != nil {
		m.t.Fatal(err)
	}
	v, err := volume.Open(volume.Config{ID: volumeID, Image: image, Dir: dir, Log: filepath.Join(dir, "log")})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() {
		storagetest.Unmount(m.t, m.mount())
		if err := v.Close(); err != nil {
			m.t.Error(err)
		}
	})
	if err := v.Attach("be1", ""); err != nil {
		m.t.Fatal(err)
	}
	m.Storage.Dev, m.Storage.Sys = v.Dev("be1"), v.Sys("be1")
}

// blank is a volume as EC2 makes it.
func blank(image string, size int64) error {
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		return err
	}
	return os.Truncate(image, size)
}

// prepare does what chef-server-ctl ha-init-storage does, and returns the data.
func (m *member) prepare() storage.Node {
	m.t.Helper()
	d, err := m.Storage.Find(volumeID)
	if err != nil {
		m.t.Fatal(err)
	}
	p := storage.Preparation{Layout: "partitions", Filesystem: "ext4", Node: "be1.example.com", Tell: func(string) {}}
	if err := m.Storage.Prepare(m.t.Context(), d, p, time.Now()); err != nil {
		m.t.Fatal(err)
	}
	if d, err = m.Storage.Find(volumeID); err != nil {
		m.t.Fatal(err)
	}
	return d.Partitions[2]
}

// lvm are a host's commands, of which LVM's are not for the machine's own disks.
type lvm struct {
	command.Host
	volumes string // what pvs reports
}

func (l *lvm) Output(ctx context.Context, name string, args ...string) (string, error) {
	if name == "pvs" {
		return `{"report":[{"pv":[` + l.volumes + `]}]}`, nil
	}
	return l.Host.Output(ctx, name, args...)
}

// agent is what the agent says, one document after the other, the last for good.
type agent struct {
	mu   sync.Mutex
	says []control.Status
}

func (a *agent) say(documents ...control.Status) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.says = documents
}

func (a *agent) serve(t *testing.T, socket string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	m := http.NewServeMux()
	m.HandleFunc("GET "+control.PathStatus, func(w http.ResponseWriter, _ *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		if len(a.says) == 0 {
			http.Error(w, "the loop does not turn", http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(a.says[0])
		if len(a.says) > 1 {
			a.says = a.says[1:]
		}
	})
	s := &http.Server{Handler: m}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
}

var (
	promoting = control.Status{State: "promoting", Reason: "the volume is being attached"}
	primary   = control.Status{State: "primary", Epoch: 1, Reason: "everything is up", Lease: control.Lease{Valid: true}}
	standby   = control.Status{State: "standby", Reason: "the other backend is primary", Peer: control.Peer{Name: "be2.example.com", Reachable: true, State: "primary"}}
	alone     = control.Status{
		State: "standby", Reason: "VRRP has not spoken yet", Peer: control.Peer{Name: "be2.example.com", Address: "10.0.0.2"},
		Troubles: []control.Trouble{{Action: "attach", Text: "UnauthorizedOperation"}},
		Checks:   []control.Check{{Name: "ec2", Text: "EC2 does not answer.", Reason: "are the keys right?"}, {Name: "ip", OK: true, Text: "ip"}},
	}
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
	m.agent.say(promoting, promoting, primary)
	_, got, err := m.set("be1.example.com", m.source())
	want := []string{
		"made /etc/opscode", "set the mode of /var/opt/opscode to 0711", "made /var/log/opscode",
		"set the mode of /var/opt/opscode/drbd to 0711, for PostgreSQL's user",
		"made a PostgreSQL cluster in /var/opt/opscode/drbd/data/postgresql", "unmounted /var/opt/opscode/drbd/data, which the agent mounts",
		"wrote /etc/opscode/private-chef-secrets.json", "wrote /etc/systemd/system/tournant.service.d/tournant-ha.conf",
		"wrote /etc/systemd/system/tournant-postgresql.service", "started tournant-ha.service", "wrote /var/opt/opscode/ha/applied.json", "enabled tournant-ha.service",
		"wrote /var/opt/opscode/keepalived/etc/keepalived.conf", "started tournant-keepalived.service", "enabled tournant-keepalived.service",
		"wrote /etc/opscode/chef-server-running.json",
		"reload", "start tournant-ha.service", "enable tournant-ha.service", "reload",
		"start tournant-keepalived.service", "enable tournant-keepalived.service", "reload",
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Fatalf("first: %v\n%s", err, diff)
	}
	if want := []string{"this backend is promoting: the volume is being attached"}; !slices.Equal(m.noted, want) {
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
		{"the agent's, on a standby", slow + skew + key, standby, []string{"restarted tournant-ha.service", applied, "restart tournant-ha.service"}, false},
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
