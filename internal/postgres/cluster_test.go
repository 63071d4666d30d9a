package postgres_test

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/postgres"
)

// A cluster is made once; one whose making was cut off is made anew, and
// nothing but PostgreSQL's user can read it.
func TestCreate(t *testing.T) {
	r := prepare(t)
	marker := filepath.Join(r.Data, "marker")
	if err := os.WriteFile(marker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if created, err := r.Create(patience(t)); err != nil || created {
		t.Errorf("again: %t, %v", created, err)
	}
	if _, err := os.Stat(marker); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(r.Data); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}

	half := *r.Cluster
	half.Data = filepath.Join(filepath.Dir(r.Data), "half")
	if err := os.MkdirAll(half.Data+".new/base", 0o700); err != nil {
		t.Fatal(err)
	}
	if created, err := half.Create(patience(t)); err != nil || !created {
		t.Errorf("after one was cut off: %t, %v", created, err)
	}
	if err := half.CheckVersion(patience(t)); err != nil {
		t.Error(err)
	}
}

// The key is for PostgreSQL alone, and writing the same again changes nothing.
func TestConfigure(t *testing.T) {
	r := prepare(t)
	cert := certificate(t)
	for _, want := range []bool{true, false} {
		if changed, err := r.Configure(r.settings, cert); err != nil || changed != want {
			t.Errorf("changed %t, %v, want %t", changed, err, want)
		}
	}
	entries, err := os.ReadDir(r.Conf)
	if err != nil || len(entries) != 5 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.Mode().Perm() != 0o640 {
			t.Errorf("%s: mode %v, %v", e.Name(), info.Mode(), err)
		}
	}
	other := r.settings
	other.Address = netip.MustParseAddr("172.31.24.180")
	if changed, err := r.Configure(other, cert); err != nil || !changed {
		t.Errorf("another address: %t, %v", changed, err)
	}
	for what, bad := range map[string]func(*postgres.Settings, *postgres.Certificate){
		"no address":     func(s *postgres.Settings, _ *postgres.Certificate) { s.Address = netip.Addr{} },
		"no clients":     func(s *postgres.Settings, _ *postgres.Certificate) { s.Clients = nil },
		"no connections": func(s *postgres.Settings, _ *postgres.Certificate) { s.Connections = 0 },
		"another key":    func(_ *postgres.Settings, c *postgres.Certificate) { c.Key = certificate(t).Key },
	} {
		s, c := r.settings, cert
		bad(&s, &c)
		if changed, err := r.Configure(s, c); err == nil || changed {
			t.Errorf("%s: %t, %v", what, changed, err)
		}
	}
}

func TestCheckVersion(t *testing.T) {
	binaries, err := postgres.Binaries("/", 0)
	if err != nil {
		t.Fatal(err)
	}
	c := postgres.OnVolume(t.TempDir(), binaries)
	if err := c.CheckVersion(t.Context()); !errors.Is(err, postgres.ErrNoCluster) {
		t.Errorf("no cluster: %v", err)
	}
	if err := os.Mkdir(c.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	major, err := c.Major(t.Context())
	if err != nil || major < 15 {
		t.Fatalf("this host has %d, %v", major, err)
	}
	for text, want := range map[string]string{"15\n": "", "14\n": "is of PostgreSQL 14, and this host has", "9.6\n": "none that is supported"} {
		if err := os.WriteFile(filepath.Join(c.Data, "PG_VERSION"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := c.CheckVersion(t.Context()); want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func TestBinaries(t *testing.T) {
	tree := func(programs ...string) string {
		root := t.TempDir()
		for _, p := range programs {
			if err := os.MkdirAll(filepath.Join(root, p), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(root, p, "postgres"), nil, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		return root
	}
	debian := []string{"usr/lib/postgresql/9.6/bin", "usr/lib/postgresql/15/bin", "usr/lib/postgresql/9/bin", "usr/lib/postgresql/17/bin"}
	for _, test := range []struct {
		programs []string
		major    int
		want     string
	}{
		{debian, 0, "usr/lib/postgresql/17/bin"},
		{debian, 15, "usr/lib/postgresql/15/bin"},
		{debian, 16, ""},
		{[]string{"usr/pgsql-16/bin", "usr/bin"}, 0, "usr/pgsql-16/bin"},
		{[]string{"usr/bin"}, 0, "usr/bin"},
		{[]string{"usr/bin"}, 16, "usr/bin"},
		{nil, 0, ""},
	} {
		root := tree(test.programs...)
		got, err := postgres.Binaries(root, test.major)
		if rel, _ := filepath.Rel(root, got); test.want == "" && err == nil || test.want != "" && (err != nil || rel != test.want) {
			t.Errorf("%v for %d: %s, %v, want %s", test.programs, test.major, got, err, test.want)
		}
	}
}

// A cluster of the distribution that runs or will is found, with what ends it.
func TestFindForeign(t *testing.T) {
	type files = map[string]string
	const main = "etc/postgresql/15/main/"
	for _, test := range []struct {
		what    string
		files   files
		running []string
		starts  []string
		want    []string
	}{
		{"Debian without one", files{"etc/postgresql-common/createcluster.conf": ""}, nil, []string{"postgresql.service"}, nil},
		{"Debian's own", files{"etc/postgresql-common/x": "", main + "postgresql.conf": "", main + "start.conf": "# auto, manual\nauto\n"}, nil, nil, []string{"15/main starts"}},
		{"without a start.conf", files{"etc/postgresql-common/x": "", main + "postgresql.conf": ""}, nil, nil, []string{"15/main starts"}},
		{"switched off", files{"etc/postgresql-common/x": "", main + "postgresql.conf": "", main + "start.conf": "manual # ours\n"}, nil, nil, nil},
		{"switched off, and running", files{"etc/postgresql-common/x": "", main + "postgresql.conf": "", main + "start.conf": "disabled"},
			[]string{"postgresql@15-main.service"}, nil, []string{"15/main runs"}},
		{"Red Hat without one", files{}, nil, nil, nil},
		{"Red Hat's own", files{}, []string{"postgresql.service"}, []string{"postgresql.service"}, []string{"postgresql.service runs and starts"}},
		{"of PostgreSQL's packages", files{}, nil, []string{"postgresql-16.service"}, []string{"postgresql-16.service starts"}},
	} {
		root := t.TempDir()
		for name, content := range test.files {
			path := filepath.Join(root, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		found, err := postgres.FindForeign(t.Context(), root, func(_ context.Context, unit string) (bool, bool, error) {
			return contains(test.starts, unit), contains(test.running, unit), nil
		})
		if err != nil {
			t.Errorf("%s: %v", test.what, err)
		}
		if len(found) != len(test.want) {
			t.Errorf("%s: %v, want %v", test.what, found, test.want)
			continue
		}
		for i, f := range found {
			if text := f.String(); !strings.Contains(text, test.want[i]) || !strings.Contains(text, "systemctl") {
				t.Errorf("%s: %s, want %s", test.what, text, test.want[i])
			}
		}
	}
}

func contains(all []string, s string) bool {
	for _, one := range all {
		if one == s {
			return true
		}
	}
	return false
}

// The unit is bound to the agent and never starts by itself; its command is
// one line of words.
func TestUnitText(t *testing.T) {
	c := postgres.OnVolume("/srv/50% of \"it\"", "/usr/lib/postgresql/15/bin")
	s := postgres.Settings{Address: netip.MustParseAddr("172.31.24.180"), Port: 5432}
	text := c.UnitText(s)
	for _, want := range []string{
		"[Unit]\nDescription=PostgreSQL on the volume of Tournant\nBefore=tournant-ha.service\n", "Type=notify\n", "User=postgres\n", "KillMode=mixed\n", "KillSignal=SIGINT\n", "Restart=no\n",
		"RuntimeDirectory=tournant-postgresql\n", "listen_addresses=172.31.24.180",
		`ExecStart=/usr/lib/postgresql/15/bin/postgres -D "/srv/50%% of \"it\"/postgresql" -c config_file=`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the unit has no %s", want)
		}
	}
	for _, never := range []string{"[Install]", "ProtectSystem", "PrivateTmp", "ReadWritePaths", "PrivateMounts"} {
		if strings.Contains(text, never) {
			t.Errorf("the unit has %s", never)
		}
	}
	command := c.Command(s)
	if diff := cmp.Diff([]string{"/usr/lib/postgresql/15/bin/postgres", "-D", c.Data}, command[:3]); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(strings.Join(command, " "), "password") {
		t.Error("a password in the command")
	}
}
