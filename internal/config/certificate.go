package config

import (
	"path/filepath"
	"slices"
	"strings"
)

// SharedCertificate and SharedKey are where the hosts of one server have the
// certificate that signs itself, beside chef-server.rb. Clients trust a certificate by
// its content and look it up by its name: of two with one name OpenSSL sees only one, so
// a client would get along with one frontend alone.
const (
	SharedCertificate = "server.crt"
	SharedKey         = "server.key"
)

// SharesCertificate tells whether the certificate is the one that the hosts of
// one server share, and nobody's who gave another.
func (c *Config) SharesCertificate() bool {
	return c.Topology != Standalone && c.HTTP.givenCertificate == ""
}

// UseSharedCertificate takes the certificate that the hosts share, which is beside
// chef-server.rb. A host that was not given it makes one of its own.
func (c *Config) UseSharedCertificate() {
	dir := filepath.Dir(c.File)
	c.HTTP.Certificate, c.HTTP.CertificateKey = filepath.Join(dir, SharedCertificate), filepath.Join(dir, SharedKey)
}

// ClusterNames are those that any of the hosts may be called by, the one that
// clients use first.
func (c *Config) ClusterNames() []string {
	names := slices.Clone(c.HTTP.Names)
	for _, s := range c.Servers {
		names = append(names, strings.ToLower(s.Name))
	}
	if c.VIP != nil {
		names = append(names, strings.ToLower(c.VIP.Name))
	}
	return names
}
