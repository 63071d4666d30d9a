package page_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tournant/internal/config"
	"tournant/lab/cluster"
	"tournant/lab/page"
)

// here types on this machine, and remembers where it should have been.
type here struct{ hosts []string }

func (h *here) Command(ctx context.Context, host, name string, args ...string) (*exec.Cmd, error) {
	if host == "off" {
		return nil, errors.New("off is off")
	}
	h.hosts = append(h.hosts, host)
	return exec.CommandContext(ctx, name, args...), nil
}

func TestType(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("of a file"), 0o600); err != nil {
		t.Fatal(err)
	}
	var h here
	var out bytes.Buffer
	err := page.Type(t.Context(), &h, []page.Step{
		{Host: "a", Page: "echo as it stands"},
		{Host: "b", Page: "vi x", Typed: "cat", Why: "no editor", Text: "a text\n"},
		{Host: "c", Page: "scp x", Typed: "cat; echo", Why: "no scp", File: file},
		{Host: "d", Page: "scp y", Typed: "cat", Why: "no scp", From: "e", Give: "echo from e"},
		{Host: "f", Page: "lvcreate", Typed: ":", Why: "no mapper"},
		{Host: "g", Page: "false; echo not reached"},
		{Host: "h", Page: "echo not reached"},
	}, &out)
	if err == nil || !strings.Contains(err.Error(), "on g: false") {
		t.Errorf("error %v", err)
	}
	want := `a# echo as it stands
as it stands
b: the page: vi x
b: but:      no editor
b# cat
a text
c: the page: scp x
c: but:      no scp
c# cat; echo
of a file
d: the page: scp y
d: but:      no scp
d# cat
from e
f: the page: lvcreate
f: but:      no mapper
g# false; echo not reached
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &out, want)
	}
	if got := strings.Join(h.hosts, ""); got != "abcdeg" {
		t.Errorf("typed on %s", got)
	}
	for _, s := range []page.Step{
		{Host: "off", Page: "true"}, {Host: "a", Page: "cat", From: "off", Give: "true"}, {Host: "a", Page: "cat", From: "b", Give: "false"}, {Host: "a", Page: "cat", File: file + "x"},
	} {
		if err := page.Type(t.Context(), &h, []page.Step{s}, &out); err == nil {
			t.Errorf("%+v was typed", s)
		}
	}
}

// What is not typed as it stands on the page is told with the reason, and all hosts get their
// turn, the primary first.
func TestInstall(t *testing.T) {
	var hosts []string
	reconfigured := map[string]bool{}
	for _, s := range slices.Concat(page.Install(page.Packages{Tournant: "/x/tournant.deb", HA: "/x/tournant-ha.deb"}), page.VerifyFailover()) {
		if (s.Typed != "" && s.Typed != s.Page) != (s.Why != "") {
			t.Errorf("on %s: %q is typed as %q, because %q", s.Host, s.Page, s.Typed, s.Why)
		}
		if !slices.Contains(hosts, s.Host) {
			hosts = append(hosts, s.Host)
		}
		if s.Page == "sudo chef-server-ctl reconfigure" {
			reconfigured[s.Host] = true
		}
		if s.From != "" && !reconfigured[s.From] {
			t.Errorf("%s gets something of %s, which is not set up", s.Host, s.From)
		}
	}
	if got := strings.Join(hosts, " "); got != "be1 be2 fe1 fe2" || len(reconfigured) != 4 {
		t.Errorf("hosts %s, of which %v are set up", got, reconfigured)
	}
}

// The chef-server.rb that is typed says of every host what it is.
func TestServerRB(t *testing.T) {
	file := filepath.Join(t.TempDir(), "chef-server.rb")
	for _, s := range page.Primary(page.Packages{}) {
		if strings.Contains(s.Typed, "/etc/opscode/chef-server.rb") {
			if err := os.WriteFile(file, []byte(s.Text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, h := range (cluster.Config{Frontends: 2}).Instances() {
		c, err := config.Load(file, config.Env{Host: config.Host{FQDN: h.FQDN()}, Getenv: func(string) (string, bool) { return "", false }})
		if err != nil {
			t.Fatal(err)
		}
		if string(c.Role) != h.Role || len(c.Warnings) > 0 || c.VIP.Address != cluster.VIP {
			t.Errorf("%s is a %s with the VIP %s, warnings %v", h.Name, c.Role, c.VIP.Address, c.Warnings)
		}
	}
}

// The upgrade is the one that people read of, the standby first and each host once, and what
// ends a server comes last in its stage.
func TestUpgrade(t *testing.T) {
	docs, err := os.ReadFile("../../docs/install.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, primary := range cluster.Backends {
		var order []string
		for _, stage := range page.Upgrade(page.Packages{Tournant: "dist/tournant_VERSION_amd64.deb", HA: "dist/tournant-ha_VERSION_all.deb"}, primary) {
			for _, s := range stage.Steps {
				if !strings.HasPrefix(s.Page, "Copy ") && !strings.Contains(string(docs), "`"+s.Page+"`") && !strings.Contains(string(docs), "\n"+s.Page+"\n") {
					t.Errorf("%s on %s: docs/install.md has no such command", s.Page, s.Host)
				}
				if (s.Typed != "" && s.Typed != s.Page) != (s.Why != "") {
					t.Errorf("on %s: %q is typed as %q, because %q", s.Host, s.Page, s.Typed, s.Why)
				}
			}
			last := stage.Steps[len(stage.Steps)-1]
			if ends := strings.HasSuffix(last.Page, " restart") || strings.HasSuffix(last.Page, " ha-failover"); ends != stage.Interrupts {
				t.Errorf("%s: interrupts: %t, and its last step is %s", stage.Name, stage.Interrupts, last.Page)
			}
			order = append(order, last.Host)
		}
		standby := cluster.Peer(primary)
		if got, want := strings.Join(order, " "), strings.Join([]string{standby, primary, primary, "fe1", "fe2", standby}, " "); got != want {
			t.Errorf("with the primary %s: order %s, want %s", primary, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	if _, err := page.Find(dir); err == nil || !strings.Contains(err.Error(), "make packages") {
		t.Errorf("no packages: %v", err)
	}
	for _, name := range []string{"tournant_1.0-1_amd64.deb", "tournant-ha_1.0-1_all.deb", "tournant-1.0-1.x86_64.rpm"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p, err := page.Find(dir)
	if err != nil || filepath.Base(p.Tournant) != "tournant_1.0-1_amd64.deb" || filepath.Base(p.HA) != "tournant-ha_1.0-1_all.deb" {
		t.Errorf("%+v, %v", p, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tournant_1.1-1_amd64.deb"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := page.Find(dir); err == nil {
		t.Error("two versions are found")
	}
}
