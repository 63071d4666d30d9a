package chef

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
)

// ActorAPI is how one version of the API takes the bodies of users, clients
// and keys. Up to version 0 an actor carries its key; from 1 on keys are
// objects of their own and an actor only may be born with one.
type ActorAPI struct {
	Version int

	// CheckKey returns nil for the PEM of an RSA public key or of a
	// certificate with one.
	CheckKey func(pem []byte) error
}

// KeyWish is what a body asks for about a key.
type KeyWish struct {
	Public   string // PEM as it was sent; empty without one
	Generate bool
}

// Asked reports whether the body asks for any key.
func (k KeyWish) Asked() bool { return k.Generate || k.Public != "" }

func errNotPublicKey() error { return Errorf(Invalid, "Public Key must be a valid key.") }

// The errors for key fields that the API's versions moved around.
func errPrivateKeyField() error {
	return Errorf(Invalid, "Please use create_key: true instead of private_key: true")
}

func errKeyInActor() error {
	return Errorf(Invalid, "Since Server API v1, all keys must be updated via the keys endpoint. ")
}

// checkPublicKey returns the public key at key, if there, which must be no
// certificate.
func (a ActorAPI) checkPublicKey(f *Fields, key string) (string, error) {
	raw, ok := f.Get(key)
	if !ok {
		return "", nil
	}
	if !IsString(raw) {
		return "", InvalidField(key)
	}
	text := unquote(raw)
	plain := strings.HasPrefix(text, "-----BEGIN PUBLIC KEY") || strings.HasPrefix(text, "-----BEGIN RSA PUBLIC KEY")
	if !plain || a.CheckKey([]byte(text)) != nil {
		return "", errNotPublicKey()
	}
	return text, nil
}

// checkKeyFields reads create_key and public_key as bodies of version 1 and
// later have them.
func (a ActorAPI) checkKeyFields(f *Fields) (k KeyWish, err error) {
	if f.Has("private_key") {
		return k, errPrivateKeyField()
	}
	if k.Generate, err = f.Bool("create_key"); err != nil {
		return k, err
	}
	if k.Public, err = a.checkPublicKey(f, "public_key"); err != nil {
		return k, err
	}
	if k.Generate && k.Public != "" {
		return k, Errorf(Invalid, "You must specify either create_key or public_key, but not both")
	}
	return k, nil
}

// refuseKeyFields refuses what versions from 1 on take on creation only.
func refuseKeyFields(f *Fields) error {
	switch {
	case f.Has("private_key"):
		return errPrivateKeyField()
	case f.Has("create_key"), f.Has("public_key"):
		return errKeyInActor()
	}
	return nil
}

// embeddedKey reads the key inside an actor of version 0: a certificate before
// a public key, null for neither, and private_key true for a new pair.
func (a ActorAPI) embeddedKey(f *Fields) (k KeyWish, err error) {
	if k.Generate, err = f.Bool("private_key"); err != nil || k.Generate {
		return k, err
	}
	for _, key := range []string{"certificate", "public_key"} {
		raw, ok := f.Get(key)
		if !ok || string(raw) == "null" {
			continue
		}
		if !IsString(raw) {
			return k, InvalidField(key)
		}
		k.Public = unquote(raw)
		if a.CheckKey([]byte(k.Public)) != nil {
			return k, errNotPublicKey()
		}
		return k, nil
	}
	return k, nil
}

// ShownKey returns a stored public key as actors carry it: of a certificate
// only its key. Text that cannot be read comes back as it is.
func ShownKey(text string) string {
	if !strings.HasPrefix(text, "-----BEGIN CERTIFICATE") {
		return text
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return text
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return text
	}
	der, err := x509.MarshalPKIXPublicKey(certificate.PublicKey)
	if err != nil {
		return text
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// shownKeyJSON is ShownKey as JSON; no key is null.
func shownKeyJSON(text string) json.RawMessage {
	if text == "" {
		return json.RawMessage("null")
	}
	return Quote(ShownKey(text))
}
