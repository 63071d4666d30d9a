package config_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tournant/internal/config"
)

// What others keep in the file survives what is added to it.
func TestSecretsKeepWhatIsThere(t *testing.T) {
	file := filepath.Join(t.TempDir(), config.SecretsFile)
	const before = `{"veil":{"version":1,"credentials":{}},"postgresql":{"sql_password":"a","db_superuser_password":"old"},"list":[1]}`
	if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := config.ReadSecrets(file)
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Get(config.SecretDatabase).Reveal(); got != "old" {
		t.Errorf("secret %q", got)
	}
	if s, err = s.With(map[config.SecretName]config.Secret{config.SecretVRRP: "new", config.SecretDatabase: "newer"}); err != nil {
		t.Fatal(err)
	}
	data, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"version": 1`, `"sql_password": "a"`, `"db_superuser_password": "newer"`, `"vrrp_instance_password": "new"`, `"list"`} {
		if !strings.Contains(string(data), want) {
			t.Errorf("%s lacks %s", data, want)
		}
	}
	if _, err := s.With(map[config.SecretName]config.Secret{{Group: "list", Name: "x"}: "y"}); err == nil {
		t.Error("a secret was put into a list")
	}
}

// A secret is not shown by accident.
func TestSecretIsHidden(t *testing.T) {
	d := config.Database{Password: "hush"}
	for _, format := range []string{"%v", "%+v", "%s", "%#v", "%q"} {
		if got := fmt.Sprintf(format, d); strings.Contains(got, "hush") {
			t.Errorf("%s: %s", format, got)
		}
	}
}

// Secrets lie beside the file, and the file wins over them.
func TestLoadTakesTheSecretsBesideTheFile(t *testing.T) {
	const external = "postgresql['external'] = true\npostgresql['vip'] = 'db'\npostgresql['db_superuser'] = 'chef'\n"
	const secrets = `{"postgresql":{"db_superuser_password":"beside"}}`
	for _, test := range []struct{ source, secrets, want, err string }{
		{external, secrets, "beside", ""},
		{external + "postgresql['db_superuser_password'] = 'within'\n", secrets, "within", ""},
		{external, "{}", "", "needs postgresql['db_superuser_password']"},
		{external, "{", "", "is no JSON"},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "chef-server.rb")
		for name, content := range map[string]string{file: test.source, filepath.Join(dir, config.SecretsFile): test.secrets} {
			if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := config.Load(file, config.Env{Host: config.Host{FQDN: "chef.example.com"}, Getenv: environment})
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("%s with %s: %v, want %s", test.source, test.secrets, err, test.err)
			}
			continue
		}
		if err != nil || c.Database.Password.Reveal() != test.want {
			t.Errorf("%s: %v, want the password %s", test.source, err, test.want)
		}
	}
	if _, err := config.Load(filepath.Join(t.TempDir(), "absent"), config.Env{}); !os.IsNotExist(errors.Unwrap(err)) {
		t.Errorf("absent file: %v", err)
	}
}

// What is needed from the file of secrets is what chef-server.rb does not say.
func TestNeeded(t *testing.T) {
	const pair = "topology 'ha'\napi_fqdn 'c'\nserver 'a', role: 'backend', ipaddress: '10.0.0.1', bootstrap: true\n" +
		"server 'b', role: 'backend', ipaddress: '10.0.0.2'\nbackend_vip 'v', ipaddress: '10.0.0.9', device: 'eth0'\n" +
		"ha['provider'] = 'aws'\nha['ebs_volume_id'] = 'vol-0'\nha['ebs_device'] = '/dev/xvdf'\n"
	for source, want := range map[string]int{
		"": 1,
		"opscode_erchef['stats_password'] = 'x'\n": 0,
		pair: 4,
		pair + "keepalived['vrrp_instance_password'] = 'x'\npostgresql['db_superuser_password'] = 'y'\n": 2,
	} {
		c, err := config.Evaluate("chef-server.rb", source, config.Env{Host: config.Host{FQDN: "a"}, Getenv: environment})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Needed(); len(got) != want {
			t.Errorf("%s: %v, want %d", source, got, want)
		}
	}
}
