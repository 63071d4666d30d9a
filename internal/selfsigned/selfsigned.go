// Package selfsigned makes the certificate of a server that was given none: one
// that vouches for itself, and that clients fetch and trust.
package selfsigned

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
	"slices"
	"time"
)

// life outlives the machine that it is made on: nobody renews it.
const life = 10 * 365 * 24 * time.Hour

// maxCommonName is X.509's.
const maxCommonName = 64

// A Pair is a certificate and its private key, both in PEM.
type Pair struct{ Certificate, Key []byte }

// Make makes one for names and addresses, by the first of which it is known. An ECDSA
// key makes a handshake, which chef-client does once a request, ten times cheaper
// for the server than an RSA key.
func Make(names []string, now time.Time) (Pair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Pair{}, fmt.Errorf("make TLS key: %w", err)
	}
	template := template(names, now)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return Pair{}, fmt.Errorf("make certificate: %w", err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return Pair{}, fmt.Errorf("encode TLS key: %w", err)
	}
	return Pair{
		Certificate: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		Key:         pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}),
	}, nil
}

func template(given []string, now time.Time) *x509.Certificate {
	var known string
	var names []string
	var addresses []net.IP
	for _, name := range given {
		ip := net.ParseIP(name)
		switch {
		case ip != nil:
			addresses = append(addresses, ip)
		case name != "" && !slices.Contains(names, name):
			names = append(names, name)
		}
		if known == "" && len(name) <= maxCommonName {
			known = name
		}
	}
	return &x509.Certificate{
		SerialNumber:          big.NewInt(now.UnixNano()),
		Subject:               pkix.Name{CommonName: known, Organization: []string{"Tournant"}},
		DNSNames:              names,
		IPAddresses:           addresses,
		NotBefore:             now.Add(-time.Hour),
		NotAfter:              now.Add(life),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
}
