package link

import (
	"fmt"
	"path/filepath"

	"tournant/internal/atomicfile"
	"tournant/internal/config"
)

// DatabaseURL is where the server's database is for a host of topology "ha". It
// knows the primary's PostgreSQL by the certificate that that shows, which every
// host can make; PostgreSQL's programs want it in a file, which is made in dir.
// What the configuration says of a database or of a certificate comes first.
func DatabaseURL(c *config.Config, dir string) (string, error) {
	d := *c.Database
	if c.Topology != config.HA || d.External || d.SSLMode != "verify-full" || d.RootCert != "" {
		return d.URL(), nil
	}
	identity, err := NewIdentity(c.Host, c.HA.SharedSecret)
	if err != nil {
		return "", err
	}
	certificate, _, err := identity.PEM(c.VIP.Address)
	if err != nil {
		return "", err
	}
	d.RootCert = filepath.Join(dir, "postgresql.crt")
	if err := atomicfile.Write(d.RootCert, certificate, 0o600); err != nil {
		return "", fmt.Errorf("write the certificate of PostgreSQL: %w", err)
	}
	return d.URL(), nil
}
