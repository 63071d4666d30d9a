package pgtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Secure is a cluster that also listens on TCP: there only with TLS and a
// password. Its certificate is for the name localhost alone.
type Secure struct {
	*Cluster
	Port    string
	CA      string // file with the certificate of who signed the server's
	OtherCA string // of somebody else
}

// StartSecure returns a cluster for this test alone.
func StartSecure(tb testing.TB) *Secure {
	tb.Helper()
	s := &Secure{CA: filepath.Join(tb.TempDir(), "ca.crt"), OtherCA: filepath.Join(tb.TempDir(), "other.crt")}
	var err error
	if s.Cluster, err = start(s.prepare); err != nil {
		tb.Fatalf("pgtest: start: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Stop(); err != nil {
			tb.Errorf("pgtest: stop: %v", err)
		}
	})
	return s
}

func (s *Secure) prepare(c *Cluster, as *syscall.SysProcAttr) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	if _, s.Port, err = net.SplitHostPort(l.Addr().String()); err != nil {
		return err
	}
	if err := l.Close(); err != nil {
		return err
	}
	ca, err := newAuthority(s.CA)
	if err != nil {
		return err
	}
	if _, err := newAuthority(s.OtherCA); err != nil {
		return err
	}
	crt, key, err := ca.issue("localhost")
	if err != nil {
		return err
	}
	const hba = "local all all trust\nhostssl all all all scram-sha-256\n"
	for name, text := range map[string][]byte{"server.crt": crt, "server.key": key, "pg_hba.conf": []byte(hba)} {
		file := filepath.Join(c.data(), name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			return err
		}
		if as.Credential == nil {
			continue
		}
		if err := os.Chown(file, int(as.Credential.Uid), int(as.Credential.Gid)); err != nil {
			return err
		}
	}
	c.more = []string{"-c", "listen_addresses=127.0.0.1,::1", "-c", "ssl=on"}
	number, err := strconv.ParseInt(s.Port, 10, 32)
	c.port.Store(number) // it is the socket's too
	return err
}

// CreateOwned makes a role with a password, which may do nothing but own its
// database.
func (s *Secure) CreateOwned(tb testing.TB, role, password, database string) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), s.URL("postgres"))
	if err != nil {
		tb.Fatalf("pgtest: connect: %v", err)
	}
	defer conn.Close(tb.Context())
	name, db := pgx.Identifier{role}.Sanitize(), pgx.Identifier{database}.Sanitize()
	var literal string
	if err := conn.QueryRow(tb.Context(), "SELECT quote_literal($1::text)", password).Scan(&literal); err != nil {
		tb.Fatalf("pgtest: quote: %v", err)
	}
	for _, text := range []string{
		fmt.Sprintf("CREATE ROLE %s LOGIN PASSWORD %s", name, literal),
		fmt.Sprintf("CREATE DATABASE %s OWNER %s", db, name),
	} {
		if _, err := conn.Exec(tb.Context(), text); err != nil {
			tb.Fatalf("pgtest: %s: %v", text, err)
		}
	}
}

// SecureURL names a database over TCP. Params are the URL's.
func (s *Secure) SecureURL(host, role, password, database string, params url.Values) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(role, password), Host: net.JoinHostPort(host, s.Port),
		Path: "/" + database, RawQuery: params.Encode(),
	}
	return u.String()
}

// Encrypted tells whether all sessions of a database over TCP are: "true" or
// "false", and "" if there are none.
func (s *Secure) Encrypted(tb testing.TB, database string) (all string) {
	tb.Helper()
	conn, err := pgx.Connect(tb.Context(), s.URL("postgres"))
	if err != nil {
		tb.Fatalf("pgtest: connect: %v", err)
	}
	defer conn.Close(tb.Context())
	err = conn.QueryRow(tb.Context(), `
		SELECT coalesce(bool_and(t.ssl)::text, '') FROM pg_stat_activity a JOIN pg_stat_ssl t USING (pid)
		WHERE a.datname = $1 AND a.client_addr IS NOT NULL`, database).Scan(&all)
	if err != nil {
		tb.Fatalf("pgtest: sessions: %v", err)
	}
	return all
}

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newAuthority leaves its certificate in a file.
func newAuthority(file string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: file}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{cert, key}, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}

// issue makes a server's certificate and key, as PEM.
func (a *authority) issue(name string) (crt, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{name}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	if err != nil {
		return nil, nil, err
	}
	encoded, err := x509.MarshalECPrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: encoded}), nil
}
