package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"tournant/internal/datadir"
)

// certificate is the server's, replaceable while it serves.
type certificate struct {
	certFile, keyFile string
	current           atomic.Pointer[tls.Certificate]
}

// openCertificate reads the certificate that --tls names: "CERT,KEY", or
// "self-signed", which is made in dir for names the first time. An ECDSA key makes a
// handshake, which chef-client does once a request, ten times cheaper for the
// server than an RSA key.
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

// selfSignedLife outlives the machine that it is made on: nobody renews it.
const selfSignedLife = 10 * 365 * 24 * time.Hour

func makeSelfSigned(certFile, keyFile string, names []string, now time.Time) error {
	if _, err := os.Stat(certFile); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make TLS key: %w", err)
	}
	template := selfSignedTemplate(names, now)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return fmt.Errorf("make certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("encode TLS key: %w", err)
	}
	// The key first: a certificate without its key would never be made again.
	if err := writePEM(keyFile, "PRIVATE KEY", keyDER, 0o600); err != nil {
		return err
	}
	return writePEM(certFile, "CERTIFICATE", der, 0o644)
}

// maxCommonName is X.509's.
const maxCommonName = 64

// selfSignedTemplate is for the host and for the names that it is given, the
// first of which it is known by.
func selfSignedTemplate(given []string, now time.Time) *x509.Certificate {
	names := []string{"localhost"}
	if host, err := os.Hostname(); err == nil && host != "localhost" {
		names = append(names, host)
	}
	known := names[len(names)-1]
	addresses := []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	for i, name := range given {
		if i == 0 && name != "" && len(name) <= maxCommonName {
			known = name
		}
		if ip := net.ParseIP(name); ip != nil {
			addresses = append(addresses, ip)
		} else if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: known, Organization: []string{"Tournant"}},
		DNSNames:              names,
		IPAddresses:           addresses,
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(selfSignedLife),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}

func writePEM(file, kind string, der []byte, mode os.FileMode) error {
	return keep(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}
