package signing

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"tournant/internal/chef"
)

// Keys outside these sizes (bits) are refused: crypto/rsa does not verify with
// smaller ones, and whoever may upload a key must not choose how long the
// server computes for each of his requests.
const (
	minKeyBits = 1024
	maxKeyBits = 16384
)

// ParsePrivateKey reads the first PEM block: PKCS#1 or PKCS#8, not encrypted.
func ParsePrivateKey(data []byte) (*rsa.PrivateKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("private key: not PEM")
	}
	switch block.Type {
	case "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("private key: %w", err)
		}
		return key, nil
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("private key: %w", err)
		}
		if key, ok := key.(*rsa.PrivateKey); ok {
			return key, nil
		}
		return nil, fmt.Errorf("private key: %T is not RSA", key)
	}
	return nil, fmt.Errorf("private key: PEM type %q", block.Type)
}

// ParsePublicKey reads the first PEM block: PKCS#1, SPKI or an X.509
// certificate, of which only the key counts. Anything else is chef.Invalid
// with the text that the API answers.
func ParsePublicKey(data []byte) (*rsa.PublicKey, error) {
	key, err := parsePublicKey(data)
	if err == nil {
		err = checkPublicKey(key)
	}
	if err != nil {
		return nil, &chef.Error{Code: chef.Invalid, Message: "Public Key must be a valid key.", Err: err}
	}
	return key, nil
}

func parsePublicKey(data []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("not PEM")
	}
	switch block.Type {
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "PUBLIC KEY":
		key, err := x509.ParsePKIXPublicKey(block.Bytes)
		return asRSA(key, err)
	case "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return asRSA(certificate.PublicKey, nil)
	}
	return nil, fmt.Errorf("PEM type %q", block.Type)
}

func asRSA(key any, err error) (*rsa.PublicKey, error) {
	if err != nil {
		return nil, err
	}
	if key, ok := key.(*rsa.PublicKey); ok {
		return key, nil
	}
	return nil, fmt.Errorf("%T is not RSA", key)
}

// checkPublicKey refuses what crypto/x509 reads but crypto/rsa cannot use.
func checkPublicKey(key *rsa.PublicKey) error {
	if bits := key.N.BitLen(); bits < minKeyBits || bits > maxKeyBits {
		return fmt.Errorf("%d bits", bits)
	}
	if key.N.Bit(0) == 0 || key.E < 3 || key.E%2 == 0 {
		return errors.New("modulus and exponent must be odd")
	}
	return nil
}
