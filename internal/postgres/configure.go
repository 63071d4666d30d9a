package postgres

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"os"

	"tournant/internal/atomicfile"
)

// The files of Conf.
const (
	confFile        = "postgresql.conf"
	hbaFile         = "pg_hba.conf"
	identFile       = "pg_ident.conf"
	certificateFile = "server.crt"
	keyFile         = "server.key"
)

// Certificate is what PostgreSQL shows to API servers, in PEM.
type Certificate struct{ Certificate, Key []byte }

// Configure writes what PostgreSQL reads when it starts, and reports whether
// anything was otherwise. It needs no volume: a standby has it ready.
func (c *Cluster) Configure(s Settings, cert Certificate) (changed bool, err error) {
	if !s.Address.IsValid() || len(s.Clients) == 0 || s.Connections <= 0 {
		return false, fmt.Errorf("PostgreSQL needs an address, clients and connections, not %q, %v and %d", s.Address, s.Clients, s.Connections)
	}
	if _, err := tls.X509KeyPair(cert.Certificate, cert.Key); err != nil {
		return false, fmt.Errorf("the certificate of PostgreSQL: %w", err)
	}
	who, err := c.Credential()
	if err != nil {
		return false, err
	}
	if err := os.MkdirAll(c.Conf, 0o750); err != nil {
		return false, fmt.Errorf("make the directory of PostgreSQL's settings: %w", err)
	}
	gid := int(who.Gid)
	if err := errors.Join(os.Chmod(c.Conf, 0o750), chgrp(c.Conf, gid)); err != nil { //nolint:gosec // PostgreSQL reads it
		return false, err
	}
	for name, content := range map[string][]byte{
		confFile: []byte(c.confText(s)), hbaFile: []byte(s.hbaText()), identFile: []byte(c.identText(s)),
		certificateFile: cert.Certificate, keyFile: cert.Key,
	} {
		wrote, err := write(c.conf(name), content, gid)
		if err != nil {
			return changed, fmt.Errorf("write %s: %w", name, err)
		}
		changed = changed || wrote
	}
	return changed, nil
}

// write replaces a file as a whole unless it is so already. It is root's, and
// PostgreSQL's group reads it, as it demands of its key.
func write(name string, content []byte, gid int) (bool, error) {
	if old, err := os.ReadFile(name); err == nil && bytes.Equal(old, content) {
		return false, nil
	}
	if os.Geteuid() != 0 {
		gid = -1 // as chgrp
	}
	return true, atomicfile.WriteAs(name, content, 0o640, -1, gid)
}

// chgrp does what only root can; PostgreSQL's own user, which may run tests,
// has its group already.
func chgrp(name string, gid int) error {
	if os.Geteuid() != 0 {
		return nil
	}
	return os.Chown(name, 0, gid)
}
