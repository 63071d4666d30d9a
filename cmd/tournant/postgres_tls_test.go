package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/internal/config"
	"tournant/internal/ctl"
	"tournant/internal/pgtest"
	"tournant/internal/setup"
	"tournant/internal/store"
)

const awkward = `p@ss:w/o?r#d %41'"\\ = $HOME`

// external is a chef-server.rb that names PostgreSQL.
func external(secure *pgtest.Secure, host, more string) string {
	return fmt.Sprintf(`api_fqdn 'chef.example.com'
postgresql['external'] = true
postgresql['vip'] = '%s'
postgresql['port'] = %s
postgresql['db_superuser'] = "o'brien"
postgresql['db_superuser_password'] = '%s'
%s`, host, secure.Port, strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(awkward), more)
}

// A server trusts the PostgreSQL that chef-server.rb says it may trust, and no
// other; what it says there of TLS, password and pool is what happens.
func TestPostgresWithTLS(t *testing.T) {
	t.Parallel()
	secure := pgtest.StartSecure(t)
	secure.CreateOwned(t, "o'brien", awkward, config.DatabaseName)
	verified := func(ca string) string {
		return "postgresql['sslmode'] = 'verify-full'\npostgresql['sslrootcert'] = '" + ca + "'\n"
	}
	for name, test := range map[string]struct{ host, more, want string }{
		"signed by somebody else":       {"localhost", verified(secure.OtherCA), "certificate"},
		"signed by nobody known":        {"localhost", "postgresql['sslmode'] = 'verify-full'", "certificate"},
		"of another name":               {"127.0.0.1", verified(secure.CA), "certificate"},
		"of another CA, verify-ca":      {"localhost", strings.Replace(verified(secure.OtherCA), "verify-full", "verify-ca", 1), "certificate"},
		"of another CA, require":        {"localhost", strings.Replace(verified(secure.OtherCA), "verify-full", "require", 1), "certificate"},
		"without TLS":                   {"localhost", "postgresql['sslmode'] = 'disable'", "no encryption"},
		"a file that is not there":      {"localhost", verified("/absent.pem"), "/absent.pem"},
		"a file that is no certificate": {"localhost", verified("/dev/null"), "unable to add CA"},
	} {
		o, _, err := configured(t, external(secure, test.host, test.more))
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		s, err := openServer(t.Context(), o, slog.New(slog.DiscardHandler))
		if err == nil {
			_ = s.Close()
		}
		if text := fmt.Sprint(err); err == nil || !strings.Contains(text, test.want) || strings.Contains(text, "p@ss") {
			t.Errorf("%s: %v, want an error with %q", name, err, test.want)
		}
		if took := time.Since(begun); took > store.DefaultFailoverWait/2 {
			t.Errorf("%s: it took %v to find out", name, took)
		}
	}
	o, _, err := configured(t, external(secure, "localhost", verified(secure.CA)+"opscode_erchef['db_pool_size'] = 6\n"))
	if err != nil {
		t.Fatal(err)
	}
	o.listen, o.plainListen = "127.0.0.1:0", ""
	s, err := openServer(t.Context(), o, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer runServer(t, s)()
	if pools := s.store.Pools(); len(pools) != 2 || pools[0].Most+pools[1].Most != 6 {
		t.Errorf("pools %+v, want 6 connections in all", pools)
	}
	if got, want := secure.Encrypted(t, config.DatabaseName), "true"; got != want {
		t.Errorf("all connections are encrypted: %s, want %s", got, want)
	}
}

// The installed server's commands find its database in chef-server.rb, and
// PostgreSQL's programs reach it as the server does.
func TestBackupOfTheInstalledServer(t *testing.T) {
	t.Parallel()
	secure := pgtest.StartSecure(t)
	secure.CreateOwned(t, "o'brien", awkward, config.DatabaseName)
	root := t.TempDir()
	data := filepath.Join(root, setup.DataDir)
	for name, text := range map[string]string{
		setup.ConfigFile: external(secure, "localhost", "postgresql['sslmode'] = 'verify-full'\npostgresql['sslrootcert'] = '"+secure.CA+"'\n"),
	} {
		file := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	place := place{data, secure.SecureURL("localhost", "o'brien", awkward, config.DatabaseName, url.Values{"sslmode": {"require"}})}
	startServer(t, place, "off")()
	do := func(args ...string) string {
		t.Helper()
		var out, said bytes.Buffer
		env := ctl.Env{
			Stdin: strings.NewReader(""), Stdout: &out, Stderr: &said, Now: time.Now, Getenv: func(string) string { return "" }, Open: openOffline,
			Root: true, Prefix: root, LookupEnv: os.LookupEnv,
			Host: func() (config.Host, error) { return config.Host{FQDN: "chef.example.com"}, nil },
		}
		if code := ctl.Run(t.Context(), env, args); code != 0 {
			t.Fatalf("%v: exit code %d: %s", args, code, said.String())
		}
		if strings.Contains(out.String()+said.String(), "p@ss") {
			t.Errorf("%v told the password", args)
		}
		return strings.TrimSpace(out.String())
	}
	do("org-create", "kept", "Kept")
	archive := do("backup", "-o", t.TempDir())
	do("org-create", "lost", "Lost")
	do("restore", "-c", archive)
	if got := do("org-list"); got != "kept" {
		t.Errorf("organizations %q, want kept", got)
	}
	if got := do("upgrade"); !strings.Contains(got, "nothing to do") {
		t.Errorf("upgrade: %s", got)
	}
}
