package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tournant/internal/datadir"
	"tournant/internal/selfsigned"
)

// certificate is the server's, replaceable while it serves.
type certificate struct {
	certFile, keyFile string
	current           atomic.Pointer[tls.Certificate]
}

// openCertificate reads the certificate that --tls names: "CERT,KEY", or
// "self-signed", which is made in dir for names the first time.
func openCertificate(spec, dir string, names []string, now func() time.Time) (*certificate, error) {
	cert, key, isPair := strings.Cut(spec, ",")
	if spec == "self-signed" {
		cert, key = filepath.Join(dir, datadir.Certificate), filepath.Join(dir, datadir.TLSKey)
		if err := makeSelfSigned(cert, key, names, now()); err != nil {
			return nil, err
		}
	} else if !isPair {
		return nil, fmt.Errorf("--tls %q: give off, self-signed, or CERT,KEY", spec)
	}
	c := &certificate{certFile: cert, keyFile: key}
	return c, c.load()
}

func (c *certificate) load() error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("read certificate: %w", err)
	}
	c.current.Store(&pair)
	return nil
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	return c.current.Load(), nil
}

// makeSelfSigned makes a certificate for this host and the names that it is given,
// unless there is one.
func makeSelfSigned(certFile, keyFile string, names []string, now time.Time) error {
	if _, err := os.Stat(certFile); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	local := []string{"localhost", "127.0.0.1", "::1"}
	if host, err := os.Hostname(); err == nil {
		local = slices.Insert(local, 0, host)
	}
	pair, err := selfsigned.Make(slices.Concat(names, local), now)
	if err != nil {
		return err
	}
	// The key first: a certificate without its key would never be made again.
	if err := keep(keyFile, pair.Key, 0o600); err != nil {
		return err
	}
	return keep(certFile, pair.Certificate, 0o644)
}
