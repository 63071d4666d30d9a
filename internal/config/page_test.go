package config_test

import (
	"net/netip"
	"os"
	"strings"
	"testing"

	"tournant/internal/config"
)

// The file that docs/ha-aws.md has operators copy is one for each of its hosts.
func TestDocumentedFileIsForEachHost(t *testing.T) {
	text, err := os.ReadFile("../../docs/ha-aws.md")
	if err != nil {
		t.Fatal(err)
	}
	_, ruby, ok := strings.Cut(string(text), "\n```ruby\n")
	ruby, _, end := strings.Cut(ruby, "\n```\n")
	if !ok || !end {
		t.Fatal("the page has no chef-server.rb")
	}
	for _, host := range []struct {
		name, network string
		role          config.Role
	}{
		{"ip-172-31-24-97.us-west-1.compute.internal", "172.31.24.97/20", config.Backend},
		{"ip-172-31-24-98.us-west-1.compute.internal", "172.31.24.98/20", config.Backend},
		{"ip-172-31-30-47.us-west-1.compute.internal", "172.31.30.47/20", config.Frontend},
		{"ip-172-31-30-48.us-west-1.compute.internal", "172.31.30.48/20", config.Frontend},
	} {
		c, err := config.Evaluate("chef-server.rb", ruby, config.Env{
			Host:   config.Host{FQDN: host.name, Addresses: []netip.Prefix{netip.MustParsePrefix(host.network)}},
			Getenv: environment,
		})
		if err != nil {
			t.Errorf("%s: %v", host.name, err)
			continue
		}
		if c.Role != host.role || c.Host != host.name || c.VIP.Address.String() != "172.31.24.180" || len(c.Warnings) > 0 {
			t.Errorf("%s is a %s called %s with the VIP %s, warnings %v", host.name, c.Role, c.Host, c.VIP.Address, c.Warnings)
		}
	}
}
