package main

import (
	"bytes"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/internal/config"
	"tournant/internal/ctl"
	"tournant/internal/setup"
	"tournant/internal/systemd/systemdtest"
)

// configured returns the options of a serve whose flags name a file with this
// content, and what was logged.
func configured(t *testing.T, content string, given ...string) (serveOptions, string, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "chef-server.rb")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	o := serveOptions{data: t.TempDir(), listen: "127.0.0.1:1", tls: "self-signed", maxBody: defaultMaxBody, now: time.Now}
	var log bytes.Buffer
	flags := map[string]bool{}
	for _, flag := range given {
		flags[flag] = true
	}
	err := o.configure(file, func(flag string) bool { return flags[flag] }, slog.New(slog.NewTextHandler(&log, nil)))
	return o, log.String(), err
}

func TestConfigureServe(t *testing.T) {
	const content = `api_fqdn 'chef.example.com'
nginx['ssl_port'] = 8443
nginx['non_ssl_port'] = 8080
nginx['ssl_certificate'] = '/x/chef.crt'
nginx['ssl_certificate_key'] = '/x/chef.key'
opscode_erchef['max_request_size'] = 100
opscode_erchef['auth_skew'] = 60
opscode_erchef['stats_password'] = 'numbers'
opscode_erchef['base_resource_url'] = 'https://lb.example.com'
rabbitmq['vip'] = '10.0.0.1'
`
	o, log, err := configured(t, content)
	if err != nil || o.listen != "0.0.0.0:8443" || o.plainListen != "0.0.0.0:8080" || o.plainServes || o.tls != "/x/chef.crt,/x/chef.key" ||
		o.maxBody != 100 || o.api.clockSkew != time.Minute || o.api.statsPassword != "numbers" || o.apiURL != "https://lb.example.com" || o.names[0] != "chef.example.com" {
		t.Errorf("%+v, %v", o, err)
	}
	if !strings.Contains(log, "rabbitmq") || strings.Count(log, "\n") != 1 {
		t.Errorf("log: %s", log)
	}
	o, _, err = configured(t, content, "listen", "tls", "max-body", "api-url")
	if err != nil || o.listen != "127.0.0.1:1" || o.plainListen != "" || o.tls != "self-signed" || o.maxBody != defaultMaxBody || o.apiURL != "" {
		t.Errorf("flags do not win: %+v, %v", o, err)
	}
}

// A server never runs otherwise than its file says.
func TestRefuseToServe(t *testing.T) {
	for content, want := range map[string]string{
		"topolgy 'tier'": "Did you mean topology?",
	} {
		if _, _, err := configured(t, content); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", content, err, want)
		}
	}
}

// A server never runs on SQLite where its file says PostgreSQL, and where is
// said elsewhere wins.
func TestConfiguredDatabase(t *testing.T) {
	o, _, err := configured(t, `postgresql['external'] = true
postgresql['vip'] = 'db'
postgresql['db_superuser'] = 'x'
postgresql['db_superuser_password'] = 'y'
ha['failover_wait'] = 90
`)
	const want = "postgres://x:y@db:5432/tournant?sslmode=disable"
	if err != nil || o.check() != nil || o.database != want || o.failoverWait != 90*time.Second {
		t.Errorf("%q, %v, %v; want %q, 90s", o.database, o.failoverWait, err, want)
	}
	t.Setenv(ctl.DatabaseVariable, "postgres:///other")
	if err := o.check(); err != nil || o.database != "postgres:///other" {
		t.Errorf("%q, %v; want the environment's", o.database, err)
	}
}

// The port without TLS leads to the one with, or serves.
func TestPlainPort(t *testing.T) {
	for _, serves := range []bool{false, true} {
		o, _, err := configured(t, "api_fqdn 'chef.example.com'")
		if err != nil {
			t.Fatal(err)
		}
		o.listen, o.plainListen, o.plainServes = "127.0.0.1:0", "127.0.0.1:0", serves
		s, err := openServer(t.Context(), o, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		stop := runServer(t, s)
		client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		res, err := client.Get("http://" + s.plain.listener.Addr().String() + "/_status?x=1")
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		_, port, _ := net.SplitHostPort(s.Addr())
		want, location := http.StatusMovedPermanently, "https://127.0.0.1:"+port+"/_status?x=1"
		if serves {
			want, location = http.StatusOK, ""
		}
		if res.StatusCode != want || res.Header.Get("Location") != location {
			t.Errorf("serves %v: %d to %q, want %d to %q", serves, res.StatusCode, res.Header.Get("Location"), want, location)
		}
		checkName(t, s.Addr(), "chef.example.com")
		stop()
	}
}

// checkName holds that the certificate is for a name.
func checkName(t *testing.T, addr, name string) {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.ConnectionState().PeerCertificates[0].VerifyHostname(name); err != nil {
		t.Error(err)
	}
}

func TestRedirectKeepsTheStandardPort(t *testing.T) {
	for host, want := range map[string]string{
		"chef.example.com": "https://chef.example.com/a", "chef.example.com:80": "https://chef.example.com/a",
	} {
		rq, _ := http.NewRequest(http.MethodGet, "http://x/a", http.NoBody)
		rq.Host = host
		w := &headerWriter{header: http.Header{}}
		redirect("0.0.0.0:443").ServeHTTP(w, rq)
		if got := w.header.Get("Location"); got != want {
			t.Errorf("%s: %s, want %s", host, got, want)
		}
	}
}

type headerWriter struct{ header http.Header }

func (w *headerWriter) Header() http.Header         { return w.header }
func (w *headerWriter) Write(b []byte) (int, error) { return len(b), nil }
func (w *headerWriter) WriteHeader(int)             {}

// TestReconfigure sets a host up around a server that runs, as systemd would
// have started it.
func TestReconfigure(t *testing.T) {
	root := t.TempDir()
	recorder := &systemdtest.Recorder{Units: map[string]*systemdtest.Unit{
		setup.Unit: {Loaded: true}, "systemd-journald.service": {Loaded: true, Active: true},
	}}
	defer startServer(t, place{data: filepath.Join(root, setup.DataDir)}, "off")()
	run := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		env := ctl.Env{
			Stdin: strings.NewReader(""), Stdout: &out, Stderr: &out, Now: time.Now, Getenv: os.Getenv, Open: openOffline,
			Root: true, Prefix: root, Units: systemdtest.New(recorder), LookupEnv: os.LookupEnv,
			Host: func() (config.Host, error) { return config.Host{FQDN: "chef.example.com"}, nil },
		}
		if code := ctl.Run(t.Context(), env, args); code != want {
			t.Fatalf("%v: exit code %d, want %d; it said:\n%s", args, code, want, out.String())
		}
		return out.String()
	}
	if got := run(0, "reconfigure"); !strings.HasSuffix(got, "\nChef Server Reconfigured!\n") || !strings.Contains(got, "started tournant.service") {
		t.Errorf("first: %s", got)
	}
	if got, want := run(0, "reconfigure", "--accept-license"), "Nothing to change.\nChef Server Reconfigured!\n"; got != want {
		t.Errorf("second: %s, want %s", got, want)
	}
	if got, want := run(0, "status"), "run: tournant: (pid 4711) 10s; run: log: (pid 4711) 10s\n"; got != want {
		t.Errorf("status: %s, want %s", got, want)
	}
	for content, code := range map[string]int{"topology 'x'": 55, "topology 'ha'": 1, "nginx['ssl_certificate'] = nginx['ssl_certificate_key'] = '/absent'": 1} {
		if err := os.WriteFile(filepath.Join(root, setup.ConfigFile), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		recorder.Take()
		run(code, "reconfigure")
		if asked := recorder.Take(); len(asked) > 0 {
			t.Errorf("%s: systemd was asked %q", content, asked)
		}
	}
	run(0, "stop")
	if got, want := run(3, "status", "tournant"), "down: tournant: 10s, normally up; run: log: (pid 4711) 10s\n"; got != want {
		t.Errorf("status: %s, want %s", got, want)
	}
}
