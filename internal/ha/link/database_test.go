package link_test

import (
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"tournant/internal/config"
	"tournant/internal/ha/link"
)

// What the primary's PostgreSQL shows is what the other hosts' programs trust,
// unless the configuration says otherwise.
func TestDatabaseURL(t *testing.T) {
	vip := netip.MustParseAddr("10.0.0.9")
	shown, _, err := identity(t, "be1", secret).PEM(vip)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		what    string
		change  func(*config.Config)
		trusted string // "" is nobody in particular
	}{
		{"as shipped", func(*config.Config) {}, "postgresql.crt"},
		{"a certificate that the configuration names", func(c *config.Config) { c.Database.RootCert = "/etc/ca.pem" }, "/etc/ca.pem"},
		{"no TLS", func(c *config.Config) { c.Database.SSLMode = "disable" }, ""},
		{"somebody else's PostgreSQL", func(c *config.Config) { c.Database.External = true }, ""},
		{"no high availability", func(c *config.Config) { c.Topology = config.Tier }, ""},
	} {
		dir := t.TempDir()
		c := &config.Config{
			Topology: config.HA, Host: "fe1", VIP: &config.VIP{Address: vip}, HA: &config.HASettings{SharedSecret: secret},
			Database: &config.Database{Host: vip.String(), Port: 5432, SSLMode: "verify-full"},
		}
		test.change(c)
		before := c.Database.RootCert
		got, err := link.DatabaseURL(c, dir)
		if err != nil {
			t.Errorf("%s: %v", test.what, err)
			continue
		}
		u, err := url.Parse(got)
		if err != nil {
			t.Fatal(err)
		}
		want := test.trusted
		made, readErr := os.ReadFile(filepath.Join(dir, "postgresql.crt"))
		if want == "postgresql.crt" {
			want = filepath.Join(dir, want)
			if string(made) != string(shown) {
				t.Errorf("%s: trusts %s, %v, and PostgreSQL shows %s", test.what, made, readErr, shown)
			}
		} else if readErr == nil {
			t.Errorf("%s: a certificate was made", test.what)
		}
		if root := u.Query().Get("sslrootcert"); root != want || c.Database.RootCert != before {
			t.Errorf("%s: %s, which trusts %q, want %q", test.what, got, root, want)
		}
	}
}
