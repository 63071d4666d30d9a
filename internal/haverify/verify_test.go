package haverify_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/ha/link"
	"tournant/internal/hastatus"
	"tournant/internal/haverify"
	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
	"tournant/internal/systemd/systemdtest"
	"tournant/lab/fakeec2"
)

const (
	volumeID = "vol-049df61146c4d7901"
	be1ID    = "i-0be10000000000001"
	be2ID    = "i-0be20000000000002"
	be1MAC   = "02:00:00:00:00:97"
)

var secret = strings.Repeat("0123456789abcdef", 4)

// world is a backend that could take over, its peer, a frontend and AWS, each
// of which a test can change before it is looked at.
type world struct {
	network string // 127.x.y
	ec2     fakeec2.Config
	vip     string
	units   map[string]*systemdtest.Unit
	files   map[string]string // below the host's root
	sys     storagetest.Sys
	here    *control.Status // of the agent here; nil: none
	there   *control.Status
	names   []string // who answers: be2, fe1
	clock   time.Duration
	secret  string
	hold    string // which instance has the volume
	with    []fakeec2.Fault
	kernel  error // of nftables
	bare    bool  // systemd does not run
}

func newWorld() *world {
	w := &world{
		network: fmt.Sprintf("127.%d.%d", 1+rand.IntN(254), rand.IntN(255)), secret: secret,
		files: map[string]string{
			"usr/sbin/keepalived": "", "usr/sbin/lvm": "", "usr/sbin/mkfs.ext4": "", "etc/fstab": "/dev/xvda1 / ext4\n# /dev/x /volume\n",
			"usr/lib/postgresql/15/bin/postgres": "#!/bin/sh\necho 'postgres (PostgreSQL) 15.14'\n",
		},
		sys:   storagetest.Sys{"block/": ""},
		here:  &control.Status{State: "standby", Keepalived: control.Keepalived{State: "backup"}},
		there: &control.Status{State: "primary", Keepalived: control.Keepalived{State: "master"}},
		names: []string{"be2", "fe1"},
		units: map[string]*systemdtest.Unit{
			hastatus.UnitAgent: {Loaded: true, Enabled: true, Active: true}, hastatus.UnitKeepalived: {Loaded: true, Enabled: true, Active: true},
			hastatus.UnitPostgres: {Loaded: true}, hastatus.UnitAPI: {Loaded: true},
		},
	}
	w.vip = w.network + ".180"
	host := func(name, id, mac, last string) fakeec2.InstanceConfig {
		return fakeec2.InstanceConfig{Name: name, ID: id, Zone: "us-west-1a", Interface: "eni-" + name, MAC: mac, Address: netip.MustParseAddr(w.network + last)}
	}
	w.ec2 = fakeec2.Config{
		Region: "us-west-1",
		Subnet: fakeec2.Subnet{ID: "subnet-56f5f633", VPC: "vpc-11112222", Prefix: netip.MustParsePrefix(w.network + ".0/24")},
		Keys:   []fakeec2.Key{{ID: "AKIDEXAMPLE", Secret: "hush"}},
		Instances: []fakeec2.InstanceConfig{
			host("be1", be1ID, be1MAC, ".97"), host("be2", be2ID, "02:00:00:00:00:98", ".98"), host("be9", "i-0be90000000000009", "02:00:00:00:00:99", ".99"),
		},
		Volumes: []fakeec2.VolumeConfig{{ID: volumeID, Zone: "us-west-1a", SizeGiB: 80}},
	}
	return w
}

// look has be1 looked at.
func (w *world) look(t *testing.T) haverify.Report {
	t.Helper()
	root := t.TempDir()
	for name, content := range w.files {
		w.write(t, filepath.Join(root, name), content)
	}
	disks := storage.OnHost()
	disks.Sys = w.sys.Write(t)
	units := systemdtest.New(&systemdtest.Recorder{Units: w.units})
	units.Booted = func() bool { return !w.bare }
	h := haverify.Host{
		Config: w.config(t), Root: root, Units: units, Disks: disks,
		Agent: control.NewClient(w.agent(t)), Now: func() time.Time { return time.Now().Add(w.clock) },
		MAC:    func(string) (net.HardwareAddr, error) { return net.ParseMAC(be1MAC) },
		Kernel: func() error { return w.kernel },
	}
	w.others(t)
	var told []haverify.Finding
	r := h.Verify(t.Context(), func(f haverify.Finding) { told = append(told, f) })
	if !slices.Equal(told, r.Checks) {
		t.Errorf("told %+v, reported %+v", told, r.Checks)
	}
	return r
}

func (w *world) write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o755); err != nil {
		t.Fatal(err)
	}
}

// config starts AWS and returns what chef-server.rb says of it.
func (w *world) config(t *testing.T) *config.Config {
	t.Helper()
	s, err := fakeec2.New(w.ec2, fakeec2.Options{})
	if err != nil {
		t.Fatal(err)
	}
	meta := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = net.JoinHostPort(w.network+".97", "40000")
		s.Metadata().ServeHTTP(rw, r)
	}))
	api := httptest.NewServer(s)
	t.Cleanup(meta.Close)
	t.Cleanup(api.Close)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", meta.URL)
	dir := t.TempDir()
	w.write(t, filepath.Join(dir, config.SecretsFile), `{"ha":{"shared_secret":"`+w.secret+`"}}`)
	w.write(t, filepath.Join(dir, "chef-server.rb"), fmt.Sprintf(`topology "ha"
api_fqdn "chef.example.com"
ha['provider'] = 'aws'
ha['aws_region'] = 'us-west-1'
ha['aws_endpoint'] = '%s'
ha['aws_access_key_id'] = 'AKIDEXAMPLE'
ha['aws_secret_access_key'] = 'hush'
ha['ebs_volume_id'] = '%s'
ha['ebs_device'] = '/dev/xvdf'
ha['path'] = '/volume'
backend_vip 'be', :ipaddress => '%s', :device => 'lo'
server 'be1', :ipaddress => '%[4]s.97', :role => 'backend', :bootstrap => true
server 'be2', :ipaddress => '%[4]s.98', :role => 'backend'
server 'fe1', :ipaddress => '%[4]s.47', :role => 'frontend'
`, api.URL, volumeID, w.vip, w.network))
	c, err := config.Load(filepath.Join(dir, "chef-server.rb"), config.Env{
		Host: config.Host{FQDN: "be1"}, Getenv: func(string) (string, bool) { return "", false },
	})
	if err != nil {
		t.Fatal(err)
	}
	c.HTTP.Listen = "0.0.0.0:4443"
	if w.hold != "" {
		attach(t, api.URL, w.hold)
	}
	for _, f := range w.with {
		if err := s.Inject(f); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// agent answers at a socket, whose name it returns.
func (w *world) agent(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "ver")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "s")
	if w.here == nil {
		return socket
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { link.Answer(rw, w.here) })}
	go s.Serve(l)
	t.Cleanup(func() { s.Close() })
	return socket
}

// others answer as the peer's agent and as the frontend.
func (w *world) others(t *testing.T) {
	t.Helper()
	for _, name := range w.names {
		at := map[string]string{"be2": w.network + ".98:4020", "fe1": w.network + ".47:4443"}[name]
		identity, err := link.NewIdentity(name, config.Secret(secret))
		if err != nil {
			t.Fatal(err)
		}
		m := http.NewServeMux()
		m.HandleFunc("GET "+link.PathReport, func(rw http.ResponseWriter, _ *http.Request) { link.Answer(rw, link.Report{State: "standby"}) })
		m.HandleFunc("GET "+link.PathStatus, func(rw http.ResponseWriter, _ *http.Request) { link.Answer(rw, w.there) })
		m.HandleFunc("GET "+link.PathVouch, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) })
		l, err := identity.Listen(t.Context(), netip.MustParseAddrPort(at), netip.Addr{})
		if err != nil {
			t.Fatal(err)
		}
		s := identity.NewServer(m, slog.New(slog.DiscardHandler))
		go s.Serve(l)
		t.Cleanup(func() { s.Close() })
	}
}

// failures are the names of the checks that fail.
func failures(r haverify.Report) []string {
	var all []string
	for _, f := range r.Checks {
		if !f.OK {
			all = append(all, f.Name)
		}
	}
	return all
}

func TestVerify(t *testing.T) {
	loop := storagetest.NewLoop(t, "", 64<<20).Node(t)
	here := storagetest.Sys{"block/" + loop.Name + "/dev": loop.Number.String(), "block/" + loop.Name + "/device/serial": "vol049df61146c4d7901"}
	key := func(w *world, actions ...string) { w.ec2.Keys[0].Actions = actions }
	for _, test := range []struct {
		what   string
		change func(*world)
		fails  []string
		says   string // in the first of them
	}{
		{"all is well", func(*world) {}, nil, ""},
		{"it has the volume, the other not", func(w *world) { w.hold, w.here, w.there = be1ID, w.there, w.here }, nil, ""},
		{"the other has it", func(w *world) { w.hold = be2ID }, nil, ""},
		{"no keepalived", func(w *world) { delete(w.files, "usr/sbin/keepalived") }, []string{"keepalived"}, "apt-get install keepalived, or dnf install keepalived"},
		{"no PostgreSQL", func(w *world) { delete(w.files, "usr/lib/postgresql/15/bin/postgres") }, []string{"postgresql"}, "PostgreSQL is not installed"},
		{"a PostgreSQL that does not start", func(w *world) { w.files["usr/lib/postgresql/15/bin/postgres"] = "#!/bin/sh\nexit 1\n" }, []string{"postgresql"}, "version"},
		{"an API that starts with the host", func(w *world) { w.units[hastatus.UnitAPI].Enabled = true }, []string{hastatus.UnitAPI}, "systemctl disable tournant.service"},
		{"an agent that does not", func(w *world) { w.units[hastatus.UnitAgent].Enabled = false }, []string{hastatus.UnitAgent}, "it runs, and does not start with the host"},
		{"another init", func(w *world) { w.bare = true }, []string{"systemd"}, "systemd does not run on this host"},
		{"no unit of PostgreSQL", func(w *world) { delete(w.units, hastatus.UnitPostgres) }, []string{hastatus.UnitPostgres}, "there is no such unit"},
		{
			"the distribution's keepalived", func(w *world) { w.units["keepalived.service"] = &systemdtest.Unit{Loaded: true, Enabled: true} },
			[]string{"keepalived.service"}, "it does not run, and starts with the host",
		},
		{"another cluster", func(w *world) {
			w.files["etc/postgresql/15/main/postgresql.conf"], w.files["etc/postgresql/15/main/start.conf"] = "", "auto\n"
		}, []string{"foreign-postgresql"}, "systemctl stop postgresql@15-main.service"},
		{"an entry in fstab", func(w *world) { w.files["etc/fstab"] += "/dev/mapper/chef-data /volume ext4 defaults 0 0\n" }, []string{"fstab"}, "/dev/mapper/chef-data at /volume"},
		{"a kernel without nftables", func(w *world) { w.kernel = errors.New("protocol not supported") }, []string{"nftables"}, "modprobe nf_tables"},
		{"no secret", func(w *world) { w.secret = "" }, []string{"secrets", "vrrp"}, "bootstrap backend"},
		{"another secret", func(w *world) { w.secret = strings.Repeat("f", 64) }, []string{"peer", "frontend", "vrrp"}, "the same /etc/opscode"},
		{"a silent peer", func(w *world) { w.names = []string{"fe1"} }, []string{"peer", "vrrp"}, "TCP port 4020"},
		{"a silent frontend", func(w *world) { w.names = []string{"be2"} }, []string{"frontend"}, "TCP port 4443"},
		{"no agent", func(w *world) { w.here = nil }, []string{"vrrp"}, "start tournant-ha"},
		{"two masters", func(w *world) { w.here.Keepalived.State = "master" }, []string{"vrrp"}, "IP protocol 112"},
		{"no master", func(w *world) { w.there.Keepalived.State = "fault" }, []string{"vrrp"}, "keepalived is backup on be1 and fault on be2"},
		{"an action too few", func(w *world) {
			key(w, "DescribeInstances", "DescribeVolumes", "AttachVolume", "AssignPrivateIpAddresses")
		}, []string{"ec2:DetachVolume"}, "Allow ec2:DetachVolume"},
		{"a wrong key", func(w *world) { w.ec2.Keys[0].Secret = "another" }, []string{"instance"}, "ha['aws_access_key_id']"},
		{"no volume", func(w *world) { w.ec2.Volumes[0].ID = "vol-0123" }, []string{"volume"}, "ha['ebs_volume_id']"},
		{"Multi-Attach", func(w *world) { w.ec2.Volumes[0].MultiAttach = true }, []string{"volume"}, "Turn Multi-Attach off"},
		{"another zone", func(w *world) { w.ec2.Volumes[0].Zone = "us-west-1b" }, []string{"volume"}, "zone of both backends"},
		{"the other in another zone", func(w *world) { w.ec2.Instances[1].Zone = "us-west-1b" }, []string{"zone"}, "be2 is in us-west-1b"},
		{"no other", func(w *world) { w.ec2.Instances = slices.Delete(w.ec2.Instances, 1, 2) }, []string{"peer-instance"}, "Both backends must be in one subnet"},
		{"a stranger with the volume", func(w *world) { w.hold = "i-0be90000000000009" }, []string{"attachment"}, "Detach it there."},
		{"a VIP elsewhere", func(w *world) { w.vip = "10.0.0.9" }, []string{"vip"}, "10.0.0.9 is not in 127."},
		{"AWS's router for the VIP", func(w *world) { w.vip = w.network + ".1" }, []string{"vip"}, "among the first four"},
		{"the last address for the VIP", func(w *world) { w.vip = w.network + ".255" }, []string{"vip"}, "or the last"},
		{"an instance's address for the VIP", func(w *world) { w.vip = w.network + ".99" }, []string{"vip"}, "is the primary address of i-0be9"},
		{"a stranger with the VIP", func(w *world) { w.ec2.Instances[2].Secondary = []netip.Addr{netip.MustParseAddr(w.vip)} }, []string{"vip"}, "from which a failover would take it"},
		{"the VIP at the other", func(w *world) { w.ec2.Instances[1].Secondary = []netip.Addr{netip.MustParseAddr(w.vip)} }, nil, ""},
		{"a wrong clock", func(w *world) { w.clock = 2 * time.Minute }, []string{"clock"}, "chrony"},
		{"EC2 away", func(w *world) { w.with = []fakeec2.Fault{{Name: fakeec2.FaultDown, Mode: "error"}} }, []string{"instance"}, "EC2 does not describe this instance"},
		{"a blank volume", func(w *world) { w.hold, w.sys = be1ID, here }, []string{"layout"}, "ha-init-storage"},
	} {
		w := newWorld()
		test.change(w)
		r := w.look(t)
		if got := failures(r); !slices.Equal(got, test.fails) || r.OK != (test.fails == nil) {
			t.Errorf("%s: %q fail, want %q: %+v", test.what, got, test.fails, slices.DeleteFunc(r.Checks, func(f haverify.Finding) bool { return f.OK }))
			continue
		}
		var b bytes.Buffer
		for _, f := range r.Checks {
			if !f.OK {
				haverify.WriteFinding(&b, f)
				break
			}
		}
		if !strings.Contains(b.String(), test.says) {
			t.Errorf("%s: no %q in\n%s", test.what, test.says, b.String())
		}
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	r := haverify.Report{Host: "be1", OK: true, Checks: []haverify.Finding{{Name: "vip", OK: true, Text: "the VIP is there"}}}
	haverify.WriteFinding(&b, r.Checks[0])
	haverify.WriteEnd(&b, r)
	r.OK = false
	r.Checks = append(r.Checks, haverify.Finding{Name: "clock", Text: "the clock is wrong", Reason: "by 2 minutes", Advice: "Run chrony."})
	haverify.WriteFinding(&b, r.Checks[1])
	haverify.WriteEnd(&b, r)
	const want = `[OK] the VIP is there

[OK] 1 checks passed: be1 can be primary, and hand over.
[FAILED] the clock is wrong
     by 2 minutes
     Run chrony.

[FAILED] 1 of 2 checks failed. Put the first right first: later ones may follow from it.
`
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
}
