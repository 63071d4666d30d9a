package ctl

import (
	"crypto/sha1"
	"crypto/x509"
	"fmt"
	"strings"

	"tournant/internal/signing"
)

// keyOwner is a kind of actor that has keys.
type keyOwner struct {
	kind string   // in the names of the commands
	args []string // that name the actor, as the usage shows them
	path func(args []string) path
	who  func(args []string) string // in messages
}

var (
	clientKeys = keyOwner{
		kind: "client", args: []string{"ORGNAME", "CLIENTNAME"},
		path: func(args []string) path { return org(args[0], "clients", args[1], "keys") },
		who:  func(args []string) string { return "client " + args[1] + " in org " + args[0] },
	}
	userKeys = keyOwner{
		kind: "user", args: []string{"USERNAME"},
		path: func(args []string) path { return at("users", args[0], "keys") },
		who:  func(args []string) string { return "user " + args[0] },
	}
)

// example names an actor.
func (k keyOwner) example() string {
	if k.kind == "user" {
		return "alice"
	}
	return "example web1"
}

// required checks that the arguments are those that the usage names, in the
// words of the original.
func required(command string, names, args []string) error {
	usage := "Usage: " + name + " " + command + " " + strings.Join(names, " ")
	if len(args) < len(names) {
		return fail("%s\nError: You forgot to pass %s, which should have been argument number %d.",
			usage, names[len(args)], len(args)+1)
	}
	if len(args) > len(names) {
		return fail("%s\nError: %q is one argument too many.", usage, args[len(names)])
	}
	return nil
}

// fingerprint is what Chef calls a key without a name: the SHA-1 of its
// PKCS#1 encoding.
func fingerprint(pem []byte) (string, error) {
	key, err := signing.ParsePublicKey(pem)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for i, octet := range sha1.Sum(x509.MarshalPKCS1PublicKey(key)) {
		if i > 0 {
			b.WriteByte(':')
		}
		fmt.Fprintf(&b, "%02x", octet)
	}
	return b.String(), nil
}
