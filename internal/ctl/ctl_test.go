package ctl

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"tournant/internal/datadir"
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

func TestRedact(t *testing.T) {
	const config = "api_fqdn \"x\"\nldap['bind_password'] = 'hush'\nopscode_erchef['s3_secret_key_id']='hush'\nnginx['ssl_port'] = 443\n"
	const want = "api_fqdn \"x\"\nldap['bind_password'] = [hidden]\nopscode_erchef['s3_secret_key_id']= [hidden]\nnginx['ssl_port'] = 443\n"
	if got := string(redact([]byte(config))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
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
