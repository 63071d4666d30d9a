package config_test

import (
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
