package postgres

import (
	"strings"
	"testing"
)

func TestParseVersion(t *testing.T) {
	for out, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 17beta1\n":                        17,
		"postgres (PostgreSQL) 18.0\n":                           18,
		"postgres (PostgreSQL) devel":                            0,
		"postgres\n":                                             0,
		"":                                                       0,
	} {
		if got, err := parseVersion(out); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %d, %v, want %d", out, got, err, want)
		}
	}
}

func FuzzParseVersion(f *testing.F) {
	f.Add("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n")
	f.Add("postgres (PostgreSQL) 99999999999999999999")
	f.Fuzz(func(t *testing.T, out string) {
		if major, err := parseVersion(out); err == nil && major < 0 {
			t.Errorf("%q is version %d", out, major)
		}
	})
}

// A verifier is of its password alone, and no two are the same. That
// PostgreSQL understands it is tested with PostgreSQL.
func TestVerifier(t *testing.T) {
	one, err := newVerifier("pencil")
	if err != nil {
		t.Fatal(err)
	}
	two, err := newVerifier("pencil")
	if err != nil || one == two {
		t.Errorf("%s and %s, %v", one, two, err)
	}
	for kept, want := range map[string]bool{
		one: true, two: true, one[:len(one)-1]: false, one + "=": false, "pencil": false, "": false,
		"md5" + one: false, strings.Replace(one, "4096", "0", 1): false, strings.Replace(one, "4096", "9999999999", 1): false,
	} {
		if got := verifies(kept, "pencil"); got != want {
			t.Errorf("%q: got %t, want %t", kept, got, want)
		}
	}
	if verifies(one, "Pencil") {
		t.Error("of another password")
	}
	for _, bad := range []string{"", "naïve", "a\nb"} {
		if v, err := newVerifier(bad); err == nil {
			t.Errorf("%q: %s", bad, v)
		}
	}
}

func FuzzVerifies(f *testing.F) {
	f.Add("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$a:b", "pencil")
	f.Add("SCRAM-SHA-256$1:$:", "")
	f.Fuzz(func(t *testing.T, kept, password string) {
		if verifies(kept, password) && !strings.HasPrefix(kept, scramName+"$") {
			t.Errorf("%q is of %q", kept, password)
		}
	})
}

func TestQuoted(t *testing.T) {
	if got, want := quoted(`it's "50%"`), `'it''s "50%"'`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := hbaName(`a"b`), `"a""b"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
