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
	"strings"
	"sync"
	"testing"
	"time"

	"tournant/internal/command"
	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/hastatus"
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
	unreached = control.Status{
		State: "primary", Epoch: 1, Reason: "EC2 is still moving the VIP", Lease: control.Lease{Valid: true}, Checks: []control.Check{{Name: "ip"}},
	}
	primary = control.Status{State: "primary", Epoch: 1, Reason: "everything is up", Lease: control.Lease{Valid: true}}
	standby = control.Status{State: "standby", Reason: "the other backend is primary", Peer: control.Peer{Name: "be2.example.com", Reachable: true, State: "primary"}}
	alone   = control.Status{
		State: "standby", Reason: "VRRP has not spoken yet", Peer: control.Peer{Name: "be2.example.com", Address: "10.0.0.2"},
		Troubles: []control.Trouble{{Action: "attach", Text: "UnauthorizedOperation"}},
		Checks:   []control.Check{{Name: "ec2", Text: "EC2 does not answer.", Reason: "are the keys right?"}, {Name: "ip", OK: true, Text: "ip"}},
	}
)
