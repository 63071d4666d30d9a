package ctl

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tournant/internal/datadir"
	"tournant/internal/keygen"
	"tournant/internal/store"
)

// The fingerprint was computed by
// openssl rsa -pubin -RSAPublicKey_out -outform DER | openssl dgst -sha1 -c.
const (
	publicKey = `-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCfTn1JLurRAgXjLc8NYVfM0OTm
OXdd4DzWANz3hLEhYlJrZPjaTWkEbbR9RWuGdgK9UN14H7vUDWArk/e9DkFLQ7SQ
pxK6fdjNZ6i6nF4IzUvhF3VAoSevDQYEofSFLp5ORWDvwfhgsbYyEqaIF+YclA7W
SDSEAGRTBHePmw1l1QIDAQAB
-----END PUBLIC KEY-----
`
	publicKeyPrint = "7d:d6:aa:c8:35:16:c0:7b:97:6d:c9:94:30:22:1b:d1:50:72:4b:f8"
)

// anotherCertificate is one that no server of these tests presents.
const anotherCertificate = `-----BEGIN CERTIFICATE-----
MIIBezCCASGgAwIBAgIUVXdHiyJKqxeTPB9V9yUvLu4QQ3kwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHYW5vdGhlcjAgFw0yNjExMjYwNDIzMzFaGA8yMTI2MTEwMjA0
MjMzMVowEjEQMA4GA1UEAwwHYW5vdGhlcjBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABDzqpyv5dUG4NwdMERhwCtLLNpHoh9gQRyVFCmBCtqss+L0Pf7BHrWeQEK8X
tF4v4/cPA8iaw2tYOgz+VtXX4jGjUzBRMB0GA1UdDgQWBBRV7kr+uRlv5CCvANp5
vh6Bh+V85zAfBgNVHSMEGDAWgBRV7kr+uRlv5CCvANp5vh6Bh+V85zAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCIHiR/CJe/gJqQlb0cHwnws5tkU4m
6WB/ecDkPNBuu2yAAiEAsyCcXjxNkd/2vALrdxbW8bDg5S8P/BSL4KBm+KEWlI8=
-----END CERTIFICATE-----
`

func TestFingerprint(t *testing.T) {
	got, err := fingerprint([]byte(publicKey))
	if err != nil || got != publicKeyPrint {
		t.Errorf("fingerprint %q, %v, want %q", got, err, publicKeyPrint)
	}
	if _, err := fingerprint([]byte("no key")); err == nil {
		t.Error("something has a fingerprint that is no key")
	}
}

func TestText(t *testing.T) {
	for raw, want := range map[string]string{
		`{"name":"x","full_name":"X Y"}`:      "full_name: X Y\nname:      x\n",
		`{"a":{"b":1,"cc":true},"d":[1,2]}`:   "a:\n  b:  1\n  cc: true\nd:\n  1\n  2\n",
		`{"one":["x"],"none":[],"null":null}`: "none:\nnull: \none:  x\n",
		`["a","b"]`:                           "a\nb\n",
		`[{"a":1},{"a":2}]`:                   "a: 1\n\na: 2\n",
		`[]`:                                  "",
		`12345678901234567890`:                "12345678901234567890\n",
	} {
		a, out := newApp("")
		if err := a.show("text", []byte(raw)); err != nil || out.String() != want {
			t.Errorf("%s: %q, %v, want %q", raw, out, err, want)
		}
	}
}

func newApp(in string) (*app, *bytes.Buffer) {
	var out bytes.Buffer
	env := Env{
		Stdin: strings.NewReader(in), Stdout: &out, Stderr: &out, Now: time.Now,
		Getenv: func(string) string { return "" },
	}
	return &app{Env: env}, &out
}

// TestNewUser covers the ways to name a user.
func TestNewUser(t *testing.T) {
	full := newUser{Username: "u", Display: "F L", First: "F", Last: "L", Email: "e", Password: "secret", CreateKey: true}
	middle := full
	middle.Middle = "M"
	bare := newUser{Username: "u", Display: "u", Email: "e", Password: "secret", CreateKey: true}
	keyless := bare
	keyless.CreateKey = false
	for _, test := range []struct {
		args  []string
		flags userFlags
		want  *newUser // nil is refused
	}{
		{[]string{"u", "F", "L", "e", "secret"}, userFlags{}, &full},
		{[]string{"u", "F", "M", "L", "e", "secret"}, userFlags{}, &middle},
		{[]string{"u", "F", "L", "e"}, userFlags{secret: "-"}, &full},
		{[]string{"u", "F", "M", "L", "e"}, userFlags{pass: "secret"}, &middle},
		{[]string{"u"}, userFlags{email: "e", pass: "secret"}, &bare},
		{[]string{"u"}, userFlags{email: "e", pass: "secret", noKey: true}, &keyless},
		{[]string{"u"}, userFlags{email: "e", pass: "secret", first: "F", last: "L"}, &full},
		{[]string{"u"}, userFlags{email: "e"}, nil},
		{[]string{"u"}, userFlags{pass: "secret"}, nil},
		{[]string{"u", "F", "secret"}, userFlags{}, nil},
		{[]string{"u", "F", "L", "e", "x", "y"}, userFlags{pass: "secret"}, nil},
		{[]string{"u", "F", "L", "e"}, userFlags{prompt: true}, nil}, // no terminal to ask on
		{[]string{"u", "F", "L", "e", "secret"}, userFlags{publicKey: "/absent"}, nil},
	} {
		a, _ := newApp("secret\nmore\n")
		got, err := a.newUser(&test.flags, test.args)
		if (err == nil) != (test.want != nil) {
			t.Errorf("%q %+v: error %v", test.args, test.flags, err)
			continue
		}
		if err == nil && *got != *test.want {
			t.Errorf("%q %+v: %+v, want %+v", test.args, test.flags, got, test.want)
		}
	}
}

func TestLastAdmin(t *testing.T) {
	for _, test := range []struct {
		actors, groups []string
		want           bool
	}{
		{[]string{"pivotal", "alice"}, nil, true},
		{[]string{"alice"}, nil, true},
		{[]string{"pivotal", "alice", "bob"}, nil, false},
		{[]string{"pivotal", "alice"}, []string{"more"}, false},
	} {
		g := &group{Actors: test.actors, Groups: test.groups}
		if got := g.lastAdmin(); got != test.want {
			t.Errorf("%+v: %v", g, got)
		}
	}
}

// TestEveryCommandHelps holds the promise that each command has a --help with
// an example.
func TestEveryCommandHelps(t *testing.T) {
	a, _ := newApp("")
	for _, group := range a.commands() {
		for _, c := range group.commands {
			if c.Example == "" || c.Short == "" || !strings.HasPrefix(strings.TrimSpace(c.Example[strings.LastIndex(c.Example, "\n")+1:]), name) && c.Name() != "user-edit" {
				t.Errorf("%s: example %q", c.Name(), c.Example)
			}
			b, out := newApp("")
			if code := Run(t.Context(), b.Env, []string{c.Name(), "--help"}); code != 0 || !strings.Contains(out.String(), "Usage:") {
				t.Errorf("%s --help: exit code %d\n%s", c.Name(), code, out)
			}
		}
	}
}

func TestOnlyRootWithoutData(t *testing.T) {
	a, out := newApp("")
	if code := Run(t.Context(), a.Env, []string{"org-list"}); code != 1 || !strings.HasPrefix(out.String(), "This command must be run as root") {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// TestWhyAServerDoesNotAnswer is told to the end of the wait, not that the wait
// has ended.
func TestWhyAServerDoesNotAnswer(t *testing.T) {
	dir := t.TempDir()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	_, private, err := keygen.Encode(key)
	if err != nil {
		t.Fatal(err)
	}
	served, kept := httptest.NewUnstartedServer(http.NotFoundHandler()), filepath.Join(dir, datadir.Certificate)
	served.Config.ErrorLog = log.New(io.Discard, "", 0)
	served.StartTLS()
	defer served.Close()
	for file, text := range map[string]string{
		filepath.Join(dir, store.FileName): "", filepath.Join(dir, datadir.SuperuserKey): private, kept: anotherCertificate,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	lock, err := datadir.TakeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	if err := lock.Announce(datadir.Server{Address: served.Listener.Addr().String(), Scheme: "https", Certificate: kept}); err != nil {
		t.Fatal(err)
	}
	a, _ := newApp("")
	a.dataFlag = dir
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if _, err := a.connect(ctx); err == nil || !strings.Contains(err.Error(), "another certificate") || !strings.Contains(err.Error(), "SIGHUP") {
		t.Errorf("got %v", err)
	}
}

// TestHeldByAnother waits for a directory whose holder does not answer, but
// not for ever.
func TestHeldByAnother(t *testing.T) {
	dir := t.TempDir()
	lock, err := datadir.TakeLock(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	a, _ := newApp("")
	if _, err := a.attempt(t.Context(), dir, nil); !errors.Is(err, errBusy) {
		t.Errorf("no server announced: %v, want %v", err, errBusy)
	}
	if err := lock.Announce(datadir.Server{Address: "127.0.0.1:1", Scheme: "http"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.attempt(t.Context(), dir, nil); !errors.Is(err, errBusy) {
		t.Errorf("server that does not answer: %v, want %v", err, errBusy)
	}
}
