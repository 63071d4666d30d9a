package config_test

import (
	"net/url"
	"testing"

	"tournant/internal/config"
)

// The URL holds what is awkward in one.
func TestDatabaseURL(t *testing.T) {
	d := config.Database{Host: "2001:db8::9", Port: 5432, User: "bofh@host", Password: "p@ss/word#1", SSLMode: "require", Name: "tournant", RootCert: "/etc/ssl/our ca&.pem"}
	u, err := url.Parse(d.URL())
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	if u.Hostname() != d.Host || u.Port() != "5432" || u.User.Username() != d.User || password != d.Password.Reveal() ||
		u.Path != "/tournant" || u.Query().Get("sslmode") != "require" || u.Query().Get("sslrootcert") != d.RootCert {
		t.Errorf("%s", u)
	}
}
