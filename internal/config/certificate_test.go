package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tournant/internal/config"
)

// The hosts of one server show one certificate, if it was copied to them and nobody
// gave another.
func TestSharedCertificate(t *testing.T) {
	const cluster = `topology "tier"
api_fqdn 'chef.example.com'
server 'be.example.com', :ipaddress => '10.0.0.1', :role => 'backend', :bootstrap => true
server 'FE1.example.com', :ipaddress => '10.0.0.3', :role => 'frontend'
backend_vip 'vip.example.com', :ipaddress => '10.0.0.9'
postgresql['vip'] = 'db.example.com'
postgresql['external'] = true
postgresql['db_superuser'] = 'chef'
postgresql['db_superuser_password'] = 'hush'
`
	for name, c := range map[string]struct {
		source, host, want string
		copied             bool
	}{
		"copied":     {cluster, "fe1.example.com", "server.crt", true},
		"not copied": {cluster, "fe1.example.com", "", false},
		"given":      {cluster + "nginx['ssl_certificate'] = '/given.crt'\nnginx['ssl_certificate_key'] = '/given.key'\n", "fe1.example.com", "/given.crt", true},
		"alone":      {"", "chef.example.com", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files := map[string]string{"chef-server.rb": c.source}
			if c.copied {
				files[config.SharedCertificate], files[config.SharedKey] = "a certificate", "a key"
			}
			for file, content := range files {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := config.Load(filepath.Join(dir, "chef-server.rb"), config.Env{Host: config.Host{FQDN: c.host}, Getenv: os.LookupEnv})
			if err != nil {
				t.Fatal(err)
			}
			want := c.want
			if want != "" && !filepath.IsAbs(want) {
				want = filepath.Join(dir, want)
			}
			if got.HTTP.Certificate != want || (got.HTTP.CertificateKey == "") != (want == "") {
				t.Errorf("got %q and %q, want %q", got.HTTP.Certificate, got.HTTP.CertificateKey, want)
			}
			if names := got.ClusterNames(); c.source != "" && (names[0] != "chef.example.com" || !slices.Contains(names, "fe1.example.com") || !slices.Contains(names, "vip.example.com")) {
				t.Errorf("names %q", names)
			}
		})
	}
}
