package link

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"time"

	"tournant/internal/config"
)

// ServerName is whom every client of this package's TLS asks for (RFC 6066, 3).
// A frontend tells by it, on the port of its API, who asks as a backend.
const ServerName = "agent.tournant.internal"

// Identity is who this host is to the others. All hosts of a server have the
// same key, made from the secret that they share, and each a certificate of its
// own name for it: who holds the key belongs to the server, and says truly who
// it is. No time is in it, so that no clock has to be right.
type Identity struct {
	name string
	key  ed25519.PrivateKey
	cert tls.Certificate
}

// leastSecret is the shortest secret taken: 32 bytes in hexadecimal.
const leastSecret = 64

// NewIdentity makes the identity of the host with a name.
func NewIdentity(name string, secret config.Secret) (*Identity, error) {
	if len(secret.Reveal()) < leastSecret {
		return nil, fmt.Errorf("%s in %s has fewer than %d characters: let chef-server-ctl reconfigure make it", config.SecretHA, config.SecretsFile, leastSecret)
	}
	seed, err := hkdf.Key(sha256.New, []byte(secret.Reveal()), nil, "tournant ha link, ed25519, 1", ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("derive the key of the agents: %w", err)
	}
	i := &Identity{name: name, key: ed25519.NewKeyFromSeed(seed)}
	template := certificateOf(name)
	der, err := x509.CreateCertificate(rand.Reader, template, template, i.key.Public(), i.key)
	if err != nil {
		return nil, fmt.Errorf("make the certificate of %s: %w", name, err)
	}
	i.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: i.key}
	return i, nil
}

// certificateOf has no time in it that a host could come to.
func certificateOf(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0),
	}
}

// Server is the TLS of who answers.
func (i *Identity) Server() *tls.Config {
	c := i.config()
	c.ClientAuth = tls.RequireAnyClientCert
	c.VerifyConnection = i.verify
	return c
}

// Client is the TLS of who asks the host with a name, and no other.
func (i *Identity) Client(name string) *tls.Config {
	c := i.config()
	c.ServerName = ServerName
	c.InsecureSkipVerify = true // verify asks for more: the very key
	c.VerifyConnection = func(s tls.ConnectionState) error {
		if err := i.verify(s); err != nil {
			return err
		}
		if got := nameOf(s); got != name {
			return fmt.Errorf("%q answers where %q should", got, name)
		}
		return nil
	}
	return c
}

func (i *Identity) config() *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{i.cert},
		NextProtos:             []string{"http/1.1"},
		SessionTicketsDisabled: true, // every connection shows its key
	}
}

var errStranger = errors.New("the other end has another key: do both hosts have the same " + config.SecretsFile + "?")

// verify asks for the key that the hosts share. That the other end holds it, and
// not its certificate alone, TLS has made sure of.
func (i *Identity) verify(s tls.ConnectionState) error {
	if len(s.PeerCertificates) != 1 || s.ServerName != ServerName {
		return errStranger
	}
	key, ok := s.PeerCertificates[0].PublicKey.(ed25519.PublicKey)
	if !ok || !key.Equal(i.key.Public()) {
		return errStranger
	}
	return nil
}

func nameOf(s tls.ConnectionState) string { return s.PeerCertificates[0].Subject.CommonName }

// Asker is the name of the host that a request comes from, "" if it did not come
// by this package's TLS.
func Asker(s *tls.ConnectionState) string {
	if s == nil || s.ServerName != ServerName || len(s.PeerCertificates) != 1 {
		return ""
	}
	return nameOf(*s)
}

// Name is this host's.
func (i *Identity) Name() string { return i.name }

// PEM is a certificate for an address, and the key of it, for PostgreSQL, which
// wants them as files. All hosts of a server make the same. The key is an ECDSA
// one: PostgreSQL binds no channel (RFC 5929, 4) to a certificate that Ed25519
// signed, and clients take that for an attack.
func (i *Identity) PEM(address netip.Addr) (certificate, key []byte, err error) {
	private, err := i.databaseKey()
	if err != nil {
		return nil, nil, fmt.Errorf("derive the key of PostgreSQL: %w", err)
	}
	template := certificateOf(address.String())
	template.IPAddresses = []net.IP{address.AsSlice()}
	der, err := x509.CreateCertificate(nil, template, template, private.Public(), private) // without chance: RFC 6979
	if err != nil {
		return nil, nil, fmt.Errorf("make the certificate of PostgreSQL: %w", err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, fmt.Errorf("make the certificate of PostgreSQL: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}), nil
}

// databaseKey is another than that of this package's TLS.
func (i *Identity) databaseKey() (*ecdsa.PrivateKey, error) {
	for n := 0; ; n++ { // one in 2^32 numbers is no key
		b, err := hkdf.Expand(sha256.New, i.key.Seed(), fmt.Sprintf("tournant postgresql, ecdsa p-256, %d", n), 32)
		if err != nil {
			return nil, err
		}
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), b); err == nil {
			return key, nil
		}
	}
}
