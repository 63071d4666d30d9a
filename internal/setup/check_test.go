package setup_test

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/ha/link"
	"tournant/internal/hastatus"
	"tournant/internal/postgres"
	"tournant/internal/setup"
	"tournant/internal/storage/storagetest"
	"tournant/internal/systemd/systemdtest"
	"tournant/lab/volume"
)

// tree is every file of a host with its mode and content: what must not change.
func (m *member) tree() string {
	m.t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(m.Root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content := []byte(nil)
		if info.Mode().IsRegular() {
			content, err = os.ReadFile(name)
		}
		fmt.Fprintf(&b, "%s %v %q\n", name, info.Mode(), content)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return b.String()
}

// refused has the host set up by a source, which must be refused before anything
// is changed, and returns why and the exit code.
func (m *member) refused(name, source string) (string, int) {
	m.t.Helper()
	before := m.tree()
	c, err := m.config(name, source)
	if err == nil {
		m.told = nil
		_, err = m.Apply(m.t.Context(), c)
	}
	if asked := m.systemd.Take(); len(asked) > 0 || len(m.told) > 0 || m.tree() != before {
		m.t.Errorf("something was changed: told %q, asked %q", m.told, asked)
	}
	var problems config.Problems
	switch {
	case err == nil:
		m.t.Fatal("it was not refused")
	case errors.As(err, &problems):
		return err.Error(), problems.ExitCode()
	case errors.Is(err, setup.ErrNoSecrets):
		return err.Error(), 44
	}
	return err.Error(), 1
}

// edit replaces a part of the documentation's file.
func edit(old, replacement string) func(string) string {
	return func(source string) string {
		if !strings.Contains(source, old) {
			panic("the file does not say " + old)
		}
		return strings.Replace(source, old, replacement, 1)
	}
}

const be1 = "server 'be1.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true\n"

// Every mistake of the original's users that the file itself shows.
func TestMistakesInTheFile(t *testing.T) {
	for _, test := range []struct {
		what string
		edit func(string) string
		host string
		exit int
		want []string // what is wrong, and the way out
	}{
		{"not listed", func(source string) string { return source }, "be9.example.com", 1, []string{
			`No server configuration found for "be9.example.com" in /etc/opscode/chef-server.rb`,
			"Server configuration exists for the following hostnames: be1.example.com, be2.example.com, fe1.example.com.",
		}},
		{"no entry", edit(be1, ""), "be1.example.com", 1, []string{`No server configuration found for "be1.example.com"`}},
		{"no role", edit(", :role => 'backend', :bootstrap", ", :bootstrap"), "", 1, []string{"I dont have a role for you! Use 'backend' or 'frontend'"}},
		{"unknown role", edit("'frontend'", "'front'"), "", 1, []string{"fe1.example.com: I dont have a role for you!"}},
		{"no bootstrap", edit(", :bootstrap => true", ""), "", 1, []string{"no server is where the secrets are made", ":bootstrap => true on one backend"}},
		{"two bootstraps", edit("'10.0.0.2', :role => 'backend'", "'10.0.0.2', :role => 'backend', :bootstrap => true"), "", 1, []string{"be1.example.com and be2.example.com would both make secrets"}},
		{"bootstrap on a frontend", func(s string) string {
			return edit("'frontend'", "'frontend', :bootstrap => true")(edit(", :bootstrap => true", "")(s))
		}, "", 1, []string{"fe1.example.com is a frontend and cannot be where the secrets are made"}},
		{"no backend_vip", edit("backend_vip 'be.example.com', :ipaddress => '10.0.0.9', :device => 'lo', :heartbeat_device => 'lo'", ""), "", 1, []string{"needs backend_vip", ":device => 'eth0'"}},
		{"VIP without device", edit(":device => 'lo', ", ""), "", 1, []string{"backend_vip has no device"}},
		{"one backend", edit("server 'be2.example.com', :ipaddress => '10.0.0.2', :role => 'backend'", ""), "", 1, []string{"needs two backends, not 1"}},
		{"three backends", edit("'frontend'", "'backend'"), "", 1, []string{"needs two backends, not 3"}},
		{"one address twice", edit("10.0.0.3", "10.0.0.2"), "", 1, []string{"fe1.example.com has the address 10.0.0.2 of be2.example.com"}},
		{"VIP outside of the subnet", edit("10.0.0.9", "10.0.1.9"), "", 1, []string{"backend_vip 10.0.1.9 is outside of 10.0.0.0/24"}},
		{"VIP is a host's", edit("10.0.0.9", "10.0.0.3"), "", 1, []string{"fe1.example.com has the address 10.0.0.3 of backend_vip"}},
		{"backends in two subnets", edit("10.0.0.2", "10.0.1.2"), "", 1, []string{"be2.example.com (10.0.1.2) is outside of 10.0.0.0/24"}},
		{"no ebs_volume_id", edit("ha['ebs_volume_id']", "#"), "", 1, []string{"ha['ebs_volume_id'] names no volume"}},
		{"no ebs_device", edit("ha['ebs_device']", "#"), "", 1, []string{"needs ha['ebs_device']", "/dev/xvdf"}},
		{"unknown provider", edit("'aws'", "'drbd'"), "", 1, []string{`ha['provider'] is "drbd"`}},
		{"one key of two", edit("ha['aws_secret_access_key']", "#"), "", 1, []string{"belong together", "the role of the instance"}},
		{"no api_fqdn", edit("api_fqdn 'chef.example.com'", ""), "", 1, []string{"needs api_fqdn"}},
		{"IPv6 VIP without a mask", edit("'10.0.0.9'", "'fd00::9'"), "", 66, []string{"IPv6 address without a netmask"}},
		{"unknown topology", edit(`"ha"`, `"cluster"`), "", 55, []string{"I do not understand topology cluster - try standalone, manual, ha, or tier"}},
		{"the example's volume", edit(volumeID, "vol-xxxxx"), "", 1, []string{`"vol-xxxxx" is an example`}},
	} {
		t.Run(test.what, func(t *testing.T) {
			m := newMember(t)
			host := test.host
			if host == "" {
				host = "be1.example.com"
			} else {
				m.Addresses = []netip.Prefix{netip.MustParsePrefix("10.0.0.77/24")}
			}
			got, exit := m.refused(host, test.edit(m.source()))
			if exit != test.exit {
				t.Errorf("exit code %d, want %d", exit, test.exit)
			}
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %s\nwant %s", got, want)
				}
			}
		})
	}
}

// Every mistake that only the host shows.
func TestMistakesOfTheHost(t *testing.T) {
	enabled := systemdtest.Unit{Loaded: true, Enabled: true}
	for _, test := range []struct {
		what, host string
		do         func(m *member)
		exit       int
		want       []string
	}{
		{"no secrets on the second backend", "be2.example.com", func(m *member) { m.forget() }, 44, []string{
			"in an H/A topology the secrets must be created on the bootstrap node. Please copy the contents of /etc/opscode/ from your bootstrap Server to complete the setup",
			"rsync -a root@be1.example.com:/etc/opscode/ /etc/opscode/",
		}},
		{"no secrets on a frontend", "fe1.example.com", func(m *member) { m.forget() }, 44, []string{"must be created on the bootstrap node"}},
		{"some secrets on a frontend", "fe1.example.com", func(m *member) { m.write(setup.ConfigDir+"/"+config.SecretsFile, "{}") }, 44, []string{"is missing here"}},
		{"package tournant", "fe1.example.com", func(m *member) { m.systemd.Units[setup.Unit].Loaded = false }, 1, []string{"install the package tournant"}},
		{"package tournant-ha", "be2.example.com", func(m *member) { m.systemd.Units[hastatus.UnitAgent].Loaded = false }, 1, []string{"Install the package tournant-ha, which takes the place of chef-ha"}},
		{"another address", "be1.example.com", func(m *member) { m.Addresses = []netip.Prefix{netip.MustParsePrefix("10.0.0.7/24")} }, 1, []string{"be1.example.com has the address 10.0.0.1, and this host has [10.0.0.7/24]"}},
		{"another address of a frontend", "fe1.example.com", func(m *member) { m.Addresses = nil }, 1, []string{"and this host has none"}},
		{"a backend that is a frontend now", "fe1.example.com", func(m *member) { m.systemd.Units[hastatus.UnitAgent] = &enabled }, 1, []string{
			"set up as a backend", "systemctl disable --now tournant-keepalived.service tournant-ha.service",
		}},
		{"a standalone server", "be2.example.com", func(m *member) { m.write("var/opt/opscode/tournant.db", "x") }, 1, []string{"database of a standalone server", "chef-server-ctl backup"}},
		{"a standalone server as a frontend", "fe1.example.com", func(m *member) { m.write("var/opt/opscode/tournant.db", "x") }, 1, []string{"mv /var/opt/opscode/tournant.db"}},
		{"no PostgreSQL", "be2.example.com", func(m *member) { m.remove("usr/lib/postgresql") }, 1, []string{"install the package postgresql"}},
		{"an old PostgreSQL", "be2.example.com", func(m *member) {
			m.remove("usr/lib/postgresql")
			m.script("usr/lib/postgresql/13/bin/postgres", "echo 'postgres (PostgreSQL) 13.9 (Debian 13.9-0)'")
		}, 1, []string{"is of version 13. ", "Install PostgreSQL 15 or later"}},
		{"a PostgreSQL that says nothing", "be2.example.com", func(m *member) {
			m.remove("usr/lib/postgresql")
			m.script("usr/lib/postgresql/15/bin/postgres", "exit 1")
		}, 1, []string{"does not say its version: ", "Install PostgreSQL 15 or later"}},
		{"the distribution's PostgreSQL", "be2.example.com", func(m *member) {
			m.write("etc/postgresql/15/main/postgresql.conf", "")
			m.systemd.Units["postgresql@15-main.service"] = &systemdtest.Unit{Loaded: true, Active: true}
		}, 1, []string{"cluster 15/main runs", "echo manual > /etc/postgresql/15/main/start.conf"}},
		{"something on PostgreSQL's port", "be2.example.com", func(m *member) { m.occupy() }, 1, []string{"something listens on port", "ss -tlnp sport"}},
		{"fstab", "be2.example.com", func(m *member) {
			m.write("etc/fstab", "# a comment\n/dev/mapper/chef-data "+m.mount()+" ext4 defaults 0 0\n")
		}, 1, []string{"/etc/fstab mounts /dev/mapper/chef-data", "Take the line out"}},
		{"the documentation's steps on the second backend", "be2.example.com", func(m *member) {
			m.Storage.Run.(*lvm).volumes = `{"pv_name":"/dev/xvdg", "vg_name":"chef", "vg_uuid":"vKWNvi", "pv_major":"202", "pv_minor":"96"}`
		}, 1, []string{"/dev/xvdg: it has a volume group chef", "vgremove --select vg_uuid=vKWNvi", "vgrename vKWNvi old"}},
		{"a filesystem at the second backend's place", "be2.example.com", func(m *member) { m.tmpfs() }, 1, []string{"is where the agent mounts the volume: unmount it", "on one backend at a time"}},
		{"no disk on the first backend", "be1.example.com", func(*member) {}, 1, []string{"does not have the volume", "Attach " + volumeID + " to this instance as /dev/xvdf"}},
		{"no disk and no secrets on the first backend", "be1.example.com", func(m *member) { m.remove(setup.ConfigDir + "/" + config.SecretsFile) }, 1, []string{
			"if the server exists already, attach nothing: copy all of /etc/opscode from another of its hosts first",
		}},
		{"no device of the VIP", "be2.example.com", func(m *member) { m.vip = "eth9" }, 1, []string{"backend_vip's device eth9 is not an interface of this host", "`ip addr`"}},
	} {
		t.Run(test.what, func(t *testing.T) {
			m := newMember(t)
			m.write(setup.ConfigDir+"/"+config.SecretsFile, secrets)
			address := map[string]string{"be1.example.com": "10.0.0.1/24", "be2.example.com": "10.0.0.2/24", "fe1.example.com": "10.0.0.3/24"}[test.host]
			m.Addresses = []netip.Prefix{netip.MustParsePrefix(address)}
			test.do(m)
			got, exit := m.refused(test.host, m.source())
			if exit != test.exit {
				t.Errorf("exit code %d, want %d", exit, test.exit)
			}
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("got %s\nwant %s", got, want)
				}
			}
		})
	}
}

// onVolume has the first backend refused because of its volume.
func (m *member) onVolume(what, want string) {
	m.t.Helper()
	if got, exit := m.refused("be1.example.com", m.source()); exit != 1 || !strings.Contains(got, want) {
		m.t.Errorf("%s: exit code %d: %s\nwant %s", what, exit, got, want)
	}
}

// A volume that nobody prepared, or not so that there is room for the epoch.
func TestUnpreparedVolume(t *testing.T) {
	m := newMember(t)
	m.attach(blank)
	m.onVolume("blank", "chef-server-ctl ha-init-storage")
	d, err := m.Storage.Find(volumeID)
	if err != nil {
		t.Fatal(err)
	}
	storagetest.Run(t, "mkfs.ext4", "-q", d.Path)
	m.onVolume("a filesystem as a whole", "leaves no room for the epoch block")
}

// What stands in the way on the volume of the first backend.
func TestMistakesOnTheVolume(t *testing.T) {
	m := newMember(t)
	m.attach(volume.Create)
	m.onVolume("no filesystem", "make one with `mkfs.ext4")
	data := m.prepare()
	if err := os.MkdirAll(m.mount(), 0o755); err != nil {
		t.Fatal(err)
	}
	m.tmpfs()
	m.onVolume("something else is mounted", "unmount it")
	storagetest.Unmount(t, m.mount())
	storagetest.Run(t, "mount", data.Path, m.mount())
	shell := exec.Command("sleep", "600")
	shell.Dir = m.mount()
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	m.onVolume("somebody is there", fmt.Sprintf("sleep (process %d) by its working directory", shell.Process.Pid))
	m.onVolume("somebody is there", "Leave that directory")
	_, _ = shell.Process.Kill(), shell.Wait()
	m.agent.say(primary)
	if _, _, err := m.set("be1.example.com", m.source()); err != nil {
		t.Errorf("with nothing in the way: %v", err)
	}
}

// A cluster of another major version on the volume is found when it is mounted,
// and what was not mounted before is not afterwards.
func TestOtherMajorOnTheVolume(t *testing.T) {
	m := newMember(t)
	m.attach(volume.Create)
	data := m.prepare()
	at := t.TempDir()
	storagetest.Run(t, "mount", data.Path, at)
	if err := errors.Join(os.Mkdir(filepath.Join(at, "postgresql"), 0o700), os.WriteFile(filepath.Join(at, "postgresql", "PG_VERSION"), []byte("12\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	storagetest.Unmount(t, at)
	_, _, err := m.set("be1.example.com", m.source())
	var version *postgres.VersionError
	if !errors.As(err, &version) || version.Volume != 12 {
		t.Errorf("error %v", err)
	}
	if err := m.Storage.Unused(m.mount()); err != nil {
		t.Error(err)
	}
}

// The first backend, installed anew while the other has the volume, is the
// second.
func TestBootstrapBackendComesBack(t *testing.T) {
	m := newMember(t)
	m.write(setup.ConfigDir+"/"+config.SecretsFile, secrets)
	// Addresses of the loopback that no other test has at this port.
	source := strings.NewReplacer("10.0.0.", "127.86.3.").Replace(m.source())
	m.Addresses = []netip.Prefix{netip.MustParsePrefix("127.86.3.1/24")}
	identity, err := link.NewIdentity("be2.example.com", secret)
	if err != nil {
		t.Fatal(err)
	}
	l, err := identity.Listen(t.Context(), netip.MustParseAddrPort(fmt.Sprintf("127.86.3.2:%d", link.Port)), netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+link.PathStatus, func(w http.ResponseWriter, _ *http.Request) { link.Answer(w, control.Status{State: "primary"}) })
	server := identity.NewServer(mux, slog.New(slog.DiscardHandler))
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	m.agent.say(standby)
	if out, _, err := m.set("be1.example.com", source); err != nil || out.Backend.State != "standby" {
		t.Errorf("%+v, %v", out.Backend, err)
	}
}

// The helpers of the tables.

func (m *member) forget() { m.remove(setup.ConfigDir + "/" + config.SecretsFile) }

func (m *member) remove(name string) {
	m.t.Helper()
	if err := os.RemoveAll(filepath.Join(m.Root, name)); err != nil {
		m.t.Fatal(err)
	}
}

func (m *member) script(name, text string) {
	m.t.Helper()
	m.write(name, "#!/bin/sh\n"+text+"\n")
	if err := os.Chmod(filepath.Join(m.Root, name), 0o755); err != nil {
		m.t.Fatal(err)
	}
}

func (m *member) occupy() {
	m.t.Helper()
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", m.port))
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { l.Close() })
}

func (m *member) tmpfs() {
	m.t.Helper()
	if err := os.MkdirAll(m.mount(), 0o755); err != nil {
		m.t.Fatal(err)
	}
	storagetest.Run(m.t, "mount", "-t", "tmpfs", "none", m.mount())
}
