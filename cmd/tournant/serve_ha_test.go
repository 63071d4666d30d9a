package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tournant/internal/config"
	"tournant/internal/ctl"
	"tournant/internal/ha/link"
	"tournant/internal/ha/witness"
)

const haSecret = config.Secret("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")

// pair is a configuration in which this host has a role, and the secrets.
func pair(t *testing.T, role string) string {
	t.Helper()
	me, err := thisHost()
	if err != nil {
		t.Fatal(err)
	}
	other := map[string]string{"backend": "frontend", "frontend": "backend"}[role]
	return fmt.Sprintf(`topology 'ha'
api_fqdn 'chef.example.com'
server %q, ipaddress: '10.9.0.1', role: %q
server 'x', ipaddress: '10.9.0.2', role: %q
server 'be2', ipaddress: '10.9.0.3', role: 'backend', bootstrap: true
backend_vip 'be', ipaddress: '10.9.0.9', device: 'eth0'
ha['provider'] = 'aws'
ha['path'] = '/volume'
ha['ebs_volume_id'] = 'vol-0123456789abcdef0'
ha['ebs_device'] = '/dev/xvdf'
nginx['ssl_port'] = 8443
`, me.FQDN, role, other)
}

func TestServeOfABackend(t *testing.T) {
	content := pair(t, "backend")
	o, _, err := configured(t, content)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(o.database)
	if err != nil || u.Host != "" || u.Query().Get("host") != "/run/tournant-postgresql" || u.Query().Get("port") != "5432" || u.Path != "/tournant" {
		t.Errorf("database %q, %v", o.database, err)
	}
	if _, secret := u.User.Password(); secret {
		t.Errorf("database %q has a password, which its socket does not need", o.database)
	}
	if o.joins {
		t.Error("nobody founds the database")
	}
	if o.listen != "10.9.0.9:8443" || o.plainListen != "10.9.0.9:80" || o.data != "/volume/tournant" || o.witness != nil {
		t.Errorf("listens at %q and %q, data in %q, witness %v", o.listen, o.plainListen, o.data, o.witness)
	}
	o, _, err = configured(t, content, "listen", "data")
	if err != nil || o.listen != "127.0.0.1:1" || o.plainListen != "" || o.data == "/volume/tournant" {
		t.Errorf("flags do not win: %q, %q, %q, %v", o.listen, o.plainListen, o.data, err)
	}
}

func TestServeOfAFrontend(t *testing.T) {
	content := pair(t, "frontend")
	if _, _, err := configured(t, content); err == nil {
		t.Error("a frontend whose word no backend could believe serves")
	}
	t.Setenv(ctl.DatabaseVariable, "")
	dir := t.TempDir()
	file := filepath.Join(dir, "chef-server.rb")
	secrets := fmt.Sprintf(`{"ha":{"shared_secret":%q},"postgresql":{"db_superuser_password":"p"}}`, haSecret.Reveal())
	if err := errors.Join(os.WriteFile(file, []byte(content), 0o600), os.WriteFile(filepath.Join(dir, config.SecretsFile), []byte(secrets), 0o600)); err != nil {
		t.Fatal(err)
	}
	o := serveOptions{data: t.TempDir()}
	if err := o.configure(file, func(string) bool { return false }, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	pinned := filepath.Join(o.data, "postgresql.crt")
	want := "postgres://opscode-pgsql:p@10.9.0.9:5432/tournant?" + url.Values{"sslmode": {"verify-full"}, "sslrootcert": {pinned}}.Encode()
	if o.witness == nil || !o.joins || o.listen != "0.0.0.0:8443" || o.database != want {
		t.Errorf("witness %v, joins %v, listens at %q, database %q, want %q", o.witness, o.joins, o.listen, o.database, want)
	}
	// It trusts the very certificate that backends have PostgreSQL show.
	be2, err := link.NewIdentity("be2", haSecret)
	if err != nil {
		t.Fatal(err)
	}
	shown, key, err := be2.PEM(netip.MustParseAddr("10.9.0.9"))
	if err != nil {
		t.Fatal(err)
	}
	client, server := net.Pipe()
	pair, err := tls.X509KeyPair(shown, key)
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = tls.Server(server, &tls.Config{Certificates: []tls.Certificate{pair}}).Handshake() }()
	trusted, err := os.ReadFile(pinned)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(trusted)
	if err := tls.Client(client, &tls.Config{RootCAs: roots, ServerName: "10.9.0.9"}).Handshake(); err != nil {
		t.Errorf("a primary is not trusted: %v", err)
	}
}

// A frontend answers backends on the port of its API, and everybody else as
// ever.
func TestFrontendVouchesOnThePortOfItsAPI(t *testing.T) {
	identity := func(name string) *link.Identity {
		i, err := link.NewIdentity(name, haSecret)
		if err != nil {
			t.Fatal(err)
		}
		return i
	}
	be1, fe1 := identity("be1"), identity("fe1")
	l, err := be1.Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0"), netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	agent := be1.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n link.Nonce
		if err := n.UnmarshalText([]byte(r.URL.Query().Get("nonce"))); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		link.Answer(w, be1.Prove(n, 7, 0))
	}), slog.New(slog.DiscardHandler))
	go func() { _ = agent.Serve(l) }()
	defer agent.Close()

	o, _, err := configured(t, "api_fqdn 'chef.example.com'")
	if err != nil {
		t.Fatal(err)
	}
	o.listen, o.plainListen = "127.0.0.1:0", ""
	backend := func(name string, at net.Addr) *link.Client {
		return fe1.NewClient(name, netip.MustParseAddrPort(at.String()))
	}
	o.witness = &frontendWitness{fe1, witness.New(slog.New(slog.DiscardHandler), backend("be1", l.Addr()), backend("be2", l.Addr()))}
	s, err := openServer(t.Context(), o, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer runServer(t, s)()

	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	nonce, be2 := link.NewNonce(), identity("be2")
	frontend := be2.NewClient("fe1", netip.MustParseAddrPort(s.Addr()))
	var p link.Proof
	if err := frontend.Get(ctx, link.VouchFor("be1", nonce), &p); err != nil || be2.Check(&p, "be1", nonce) != nil {
		t.Errorf("vouch %+v, %v", p, err)
	}
	if err := frontend.Get(ctx, "/_status", nil); err == nil {
		t.Error("the API answers by the agents' TLS")
	}
	checkName(t, s.Addr(), "chef.example.com")
	anybody := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	for path, want := range map[string]int{"/_status": http.StatusOK, link.VouchFor("be1", nonce): http.StatusNotFound} {
		res, err := anybody.Get("https://" + s.Addr() + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%s for anybody: %d, want %d", path, res.StatusCode, want)
		}
	}
}
