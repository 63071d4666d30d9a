package signing_test

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"

	"tournant/internal/chef"
	"tournant/internal/signing"
)

func TestParsePrivateKey(t *testing.T) {
	key := testKey(t)
	for name, want := range map[string]string{
		"key.pem":           "",
		"key-pkcs8.pem":     "",
		"key-encrypted.pem": "ENCRYPTED PRIVATE KEY",
		"key-ecdsa.pem":     "not RSA",
		"public-spki.pem":   "PUBLIC KEY",
		"vectors.sh":        "not PEM",
	} {
		got, err := signing.ParsePrivateKey(readFile(t, name))
		switch {
		case want == "" && (err != nil || !got.Equal(key)):
			t.Errorf("%s: got %v, %v", name, got, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: got %v, want an error about %q", name, err, want)
		}
	}
	truncated := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: []byte{0x30}})
	if _, err := signing.ParsePrivateKey(truncated); err == nil {
		t.Error("truncated key: accepted")
	}
}

func TestParsePublicKey(t *testing.T) {
	key := testKey(t)
	for _, name := range []string{"public-spki.pem", "public-pkcs1.pem", "public-certificate.pem"} {
		got, err := signing.ParsePublicKey(readFile(t, name))
		if err != nil || !got.Equal(&key.PublicKey) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		indented := append([]byte("\n\n"), readFile(t, name)...)
		if _, err := signing.ParsePublicKey(indented); err != nil {
			t.Errorf("%s after empty lines: %v", name, err)
		}
	}
}

func refusedKeys(t testing.TB) map[string][]byte {
	cases := map[string][]byte{
		"empty":     nil,
		"blank":     []byte(" \n"),
		"trolled":   []byte("-----BEGIN PUBLIC KEY-----You have been trolled :-)-----END PUBLIC KEY-----"),
		"no base64": []byte("-----BEGIN PUBLIC KEY-----\nYou have been trolled :-)\n-----END PUBLIC KEY-----\n"),
		"swapped":   bytes.ReplaceAll(readFile(t, "public-spki.pem"), []byte("PUBLIC KEY"), []byte("RSA PUBLIC KEY")),
		"empty DER": []byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
	}
	for _, name := range []string{
		"key.pem", "key-pkcs8.pem", "other-ecdsa.pem", "other-ed25519.pem", "other-certificate.pem", "other-rsa512.pem",
	} {
		cases[name] = readFile(t, name)
	}
	n := testKey(t).N
	for name, key := range map[string]rsa.PublicKey{
		"even modulus":  {N: new(big.Int).Add(n, big.NewInt(1)), E: 65537},
		"exponent 1":    {N: n, E: 1},
		"even exponent": {N: n, E: 65536},
		"huge":          {N: new(big.Int).SetBit(n, 16384, 1), E: 65537},
	} {
		cases[name] = pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key)})
	}
	return cases
}

func TestParsePublicKeyRefuses(t *testing.T) {
	for name, data := range refusedKeys(t) {
		key, err := signing.ParsePublicKey(data)
		var e *chef.Error
		if !errors.As(err, &e) || key != nil {
			t.Errorf("%s: got %v, %v", name, key, err)
			continue
		}
		if e.Code != chef.Invalid || e.Message != "Public Key must be a valid key." || e.Err == nil {
			t.Errorf("%s: got %#v", name, e)
		}
	}
}

func FuzzParsePublicKey(f *testing.F) {
	for _, name := range []string{"public-spki.pem", "public-pkcs1.pem", "public-certificate.pem"} {
		f.Add(readFile(f, name))
	}
	for _, data := range refusedKeys(f) {
		f.Add(data)
	}
	r := readRequest(f, "get-1.3.http")
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := signing.ParsePublicKey(data)
		if (key == nil) == (err == nil) {
			t.Fatalf("got %v, %v", key, err)
		}
		// Whatever is accepted can be used.
		parse(t, r).Verify(key, r.method, r.path, r.body)
	})
}
