package keepalived_test

import (
	"flag"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/config"
	"tournant/internal/keepalived"
	"tournant/internal/netnstest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// backends is the page's example.
func backends(change func(*config.Config)) *config.Config {
	c := &config.Config{
		Host: "be1.example.com",
		Servers: []config.Server{
			{Name: "be1.example.com", Address: netip.MustParseAddr("10.9.0.1"), Role: config.Backend},
			{Name: "fe1.example.com", Address: netip.MustParseAddr("10.9.0.3"), Role: config.Frontend},
			{Name: "be2.example.com", Address: netip.MustParseAddr("10.9.0.2"), Role: config.Backend},
		},
		VIP: &config.VIP{Name: "be.example.com", Address: netip.MustParseAddr("10.9.0.9"), Device: "eth0"},
		Keepalived: &config.Keepalived{
			RouterID: 1, Priority: 100, AdvertInterval: 1,
			Password: "0123456789abcdef", SyncInstance: "PC_VI", SMTPServer: "127.0.0.1", SMTPTimeout: 30,
		},
	}
	if change != nil {
		change(c)
	}
	return c
}

func TestConfig(t *testing.T) {
	host, _ := netnstest.Pair(t)
	for name, change := range map[string]func(*config.Config){
		"whole-seconds": nil,
		"fraction": func(c *config.Config) {
			c.Host, c.Keepalived.AdvertInterval, c.Keepalived.Priority = "be2.example.com", 0.25, 254
		},
		"mail": func(c *config.Config) {
			c.Keepalived.NotificationEmail = "ops@example.com"
			c.Keepalived.RouterID, c.Keepalived.SyncInstance, c.Keepalived.Password = 51, "chef'{#!}", "p#'s{}!;and more"
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := keepalived.Of(backends(change))
			if err != nil {
				t.Fatal(err)
			}
			got, err := v.Config(keepalived.FilesIn("/var/opt/opscode/keepalived", "/run/tournant-ha"))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".conf", got)

			file := filepath.Join(t.TempDir(), "keepalived.conf")
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := configTest(host, file)
			if err != nil || out != "" {
				t.Errorf("keepalived --config-test: %v: %s", err, out)
			}
		})
	}
}

func configTest(host *netnstest.Host, file string) (string, error) {
	var out []byte
	err := host.Try(func() (err error) {
		out, err = exec.Command("keepalived", "--config-test", "--use-file="+file).CombinedOutput()
		return err
	})
	return string(out), err
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (want -, got +):\n%s", file, diff)
	}
}

func TestRefused(t *testing.T) {
	for want, change := range map[string]func(*keepalived.VRRP){
		"vrrp_instance_advert_int'] is 41s":               func(v *keepalived.VRRP) { v.Interval = 41 * time.Second },
		"vrrp_instance_password'] is empty":               func(v *keepalived.VRRP) { v.Password = "" },
		"vrrp_instance_password'] has a":                  func(v *keepalived.VRRP) { v.Password = `pass"word` },
		"vrrp_sync_instance'] has a":                      func(v *keepalived.VRRP) { v.Instance = "PC VI" },
		"notification_email has a":                        func(v *keepalived.VRRP) { v.Mail = "a@b.c\n}" },
		"server be1.example.com: :ipaddress must be IPv4": func(v *keepalived.VRRP) { v.Address = netip.MustParseAddr("fd00::1") },
		"other backend's :ipaddress must be IPv4":         func(v *keepalived.VRRP) { v.Peer = netip.Addr{} },
		"backend_vip has no :device":                      func(v *keepalived.VRRP) { v.Device = "" },
	} {
		v, err := keepalived.Of(backends(nil))
		if err != nil {
			t.Fatal(err)
		}
		change(&v)
		if _, err := v.Config(keepalived.FilesIn("/a", "/b")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := keepalived.Of(&config.Config{File: "chef-server.rb"}); err == nil {
		t.Error("a standalone server has a configuration of keepalived")
	}
}

func TestSilence(t *testing.T) {
	for _, test := range []struct {
		interval time.Duration
		version  int
		want     time.Duration
	}{
		{time.Second, 2, 3609375 * time.Microsecond},
		{2 * time.Second, 2, 6609375 * time.Microsecond},
		{200 * time.Millisecond, 3, 721875 * time.Microsecond},
	} {
		v := keepalived.VRRP{Interval: test.interval, Priority: 100}
		if got, version := v.Silence(), v.Version(); got != test.want || version != test.version {
			t.Errorf("every %s: version %d silent after %s, want %d, %s", test.interval, version, got, test.version, test.want)
		}
	}
}

func TestInstall(t *testing.T) {
	files := keepalived.FilesIn(filepath.Join(t.TempDir(), "keepalived"), t.TempDir())
	for i, step := range []struct {
		content string
		changed bool
	}{{"a", true}, {"a", false}, {"b", true}} {
		changed, err := files.Install([]byte(step.content))
		if err != nil || changed != step.changed {
			t.Errorf("step %d: changed %v, %v, want %v", i, changed, err, step.changed)
		}
		info, err := os.Stat(files.Config)
		if err != nil || info.Mode() != 0o600 {
			t.Errorf("step %d: %v, %v, want mode 0600", i, info, err)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(files.Config), ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
