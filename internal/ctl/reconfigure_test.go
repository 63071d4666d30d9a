package ctl

import (
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tournant/internal/command"
	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/setup"
	"tournant/internal/storage"
	"tournant/internal/storage/storagetest"
)

// memberOf makes an app of onHost one that can be set up: it has an address, no
// disks, and all secrets.
func (a *app) memberOf(t *testing.T, number string) {
	t.Helper()
	source, err := os.ReadFile(a.path(setup.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(source), "server 'be1', :ipaddress => '")
	network, _, _ := strings.Cut(rest, ".1'")
	write(t, a.path(setup.ConfigFile), strings.ReplaceAll(string(source), "192.0.2.9", network+".9"))
	host := a.Host
	a.Host = func() (config.Host, error) {
		h, err := host()
		h.Addresses = []netip.Prefix{netip.MustParsePrefix(network + "." + number + "/24")}
		return h, err
	}
	a.Storage = &storage.Host{Sys: storagetest.Sys{"block/": ""}.Write(t), Dev: t.TempDir(), Proc: "/proc", Run: withoutLVM{}}
	for _, dir := range []string{"etc/postgresql-common", "usr/lib", "run/tournant-ha"} {
		if err := os.MkdirAll(a.path(dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("/usr/lib/postgresql", a.path("usr/lib/postgresql")); err != nil {
		t.Fatal(err)
	}
	all := `{"ha":{"shared_secret":"S"},"postgresql":{"db_superuser_password":"S"},"keepalived":{"vrrp_instance_password":"S"},"opscode_erchef":{"stats_password":"S"}}`
	write(t, a.path(systemConfig, config.SecretsFile), strings.ReplaceAll(all, `"S"`, `"`+sharedSecret+`"`))
}

// withoutLVM are a host's commands, but for those that would look at the disks of
// the machine that runs the test.
type withoutLVM struct{ command.Host }

func (w withoutLVM) Output(ctx context.Context, name string, args ...string) (string, error) {
	if name == "pvs" {
		return `{"report":[]}`, nil
	}
	return w.Host.Output(ctx, name, args...)
}

// What a backend is, is told, and the second time nothing is to do.
func TestReconfigureBackend(t *testing.T) {
	found := with(standby("be1"), func(s *control.Status) {
		s.Peer = control.Peer{Name: "be2", Reachable: true, State: "primary"}
	})
	for _, test := range []struct {
		status control.Status
		want   string
	}{
		{primary("be1"), "This backend is primary: it has vol-049df61146c4d7901 and 192.0.2.9."},
		{found, "This backend is standby: be2 is primary."},
		{stopped("be1"), "This backend is standby: the peer is primary."},
	} {
		a, out, _ := onHost(t, "be1", &play{frames: []frame{{test.status, standby("be2")}}})
		a.memberOf(t, "1")
		for _, first := range []string{"", "Nothing to change.\n"} {
			out.Reset()
			err := a.reconfigureHost(t.Context())
			if err != nil || !strings.HasSuffix(out.String(), first+test.want+"\nChef Server Reconfigured!\n") {
				t.Fatalf("%v: %s\nwant %s", err, out, test.want)
			}
		}
	}
}

// The original's exit code and words, and nothing done.
func TestReconfigureWithoutSecrets(t *testing.T) {
	a, out, asked := onHost(t, "be2", nil)
	a.memberOf(t, "2")
	if err := os.Remove(a.path(systemConfig, config.SecretsFile)); err != nil {
		t.Fatal(err)
	}
	const want = "FATAL: In an H/A topology the secrets must be created on the bootstrap node. Please copy the contents of /etc/opscode/ from your bootstrap Server to complete the setup"
	for _, command := range []string{"reconfigure", "check-config"} {
		out.Reset()
		if code := Run(t.Context(), a.Env, []string{command}); code != exitSecrets || !strings.HasPrefix(out.String(), want) {
			t.Errorf("%s: exit code %d, want %d: %s", command, code, exitSecrets, out)
		}
	}
	if got := asked.Take(); len(got) > 0 {
		t.Errorf("asked %q", got)
	}
	if files, _ := filepath.Glob(a.path("etc/systemd/system/*")); len(files) > 0 {
		t.Errorf("wrote %q", files)
	}
}

// The commands that need the server say where it is.
func TestServerOfABackend(t *testing.T) {
	a, _, _ := onHost(t, "be1", &play{frames: []frame{{standby("be1"), primary("be2")}}})
	if _, err := a.data(); err == nil || !strings.Contains(err.Error(), "run the command on the primary") {
		t.Errorf("on a standby: %v", err)
	}
	write(t, a.path("volume/tournant/server.json"), `{"pid":1,"address":"192.0.2.9:443","scheme":"https"}`)
	if dir, err := a.data(); err != nil || dir != a.path("volume/tournant") {
		t.Errorf("on the primary: %s, %v", dir, err)
	}
}
