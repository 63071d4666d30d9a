package signing_test

import (
	"net/http"
	"testing"
	"time"

	"tournant/internal/chef"
	"tournant/internal/signing"
)

// header has all that Parse asks for.
func header(changes ...string) http.Header {
	h := http.Header{}
	h.Set("X-Ops-UserId", "web01")
	h.Set("X-Ops-Timestamp", at(0))
	h.Set("X-Ops-Sign", "algorithm=sha1;version=1.0;")
	h.Set("X-Ops-Content-Hash", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=")
	for i := 0; i < len(changes); i += 2 {
		h.Set(changes[i], changes[i+1])
	}
	return h
}

// An earlier failure hides the later ones.
func TestParseOrder(t *testing.T) {
	for _, c := range []struct {
		header http.Header
		code   chef.Code
		text   string
	}{
		{http.Header{}, chef.Invalid, missing("'X-Ops-UserId', 'X-Ops-Timestamp', 'X-Ops-Sign', 'X-Ops-Content-Hash'")},
		{header("X-Ops-UserId", "", "X-Ops-Timestamp", ""), chef.Invalid, missing("'X-Ops-UserId', 'X-Ops-Timestamp'")},
		{header("X-Ops-Timestamp", "x", "X-Ops-Sign", "x", "X-Ops-Content-Hash", ""), chef.Invalid, missing("'X-Ops-Content-Hash'")},
		{header("X-Ops-Timestamp", "x", "X-Ops-Sign", "x"), chef.Unauthenticated, badTime},
		{header("X-Ops-Timestamp", at(time.Hour), "X-Ops-Sign", "x"), chef.Unauthenticated, "Failed to authenticate as web01. Synchronize the clock on your host."},
		{header("X-Ops-Sign", "x"), chef.Invalid, noVersion},
	} {
		_, err := signing.Parse(c.header, signedAt(), skew)
		if chef.CodeOf(err) != c.code || err.Error() != c.text {
			t.Errorf("%v: got %v, want %s", c.header, err, c.text)
		}
	}
}

func TestParseSign(t *testing.T) {
	for sign, want := range map[string]string{
		"algorithm=sha1;version=1.0;":            "1.0",
		"version=1.0":                            "1.0",
		"version=1.1;algorithm=sha1":             "1.1",
		"version=1.2":                            "1.2",
		"algorithm=sha1;version=1.2;":            "1.2",
		"version=1.3":                            "1.3",
		"algorithm=sha256;version=1.3;":          "1.3",
		"flavour=x;algorithm=sha256;version=1.3": "1.3",
		"version=1.3;version=1.0":                "1.3",
		" algorithm = sha1 ; version = 1.1 ; ":   "1.1",
		"algorithm=sha256;version=1.0":           "",
		"algorithm=sha256;version=1.2":           "",
		"algorithm=sha1;version=1.3":             "",
		"algorithm=md5;version=1.0":              "",
		"algorithm=sha1":                         "",
		"algorithm=SHA1;version=1.0":             "",
		"version=1.4":                            "",
		"version=1":                              "",
		"version":                                "",
		"1.3":                                    "",
		";;;":                                    "",
	} {
		s, err := signing.Parse(header("X-Ops-Sign", sign), signedAt(), skew)
		switch {
		case want == "" && err == nil:
			t.Errorf("%q: accepted as %s", sign, s.Version)
		case want != "" && err != nil:
			t.Errorf("%q: %v", sign, err)
		case want != "" && s.Version != want:
			t.Errorf("%q: got %s, want %s", sign, s.Version, want)
		}
	}
}

func TestParseTimestamp(t *testing.T) {
	for timestamp, want := range map[string]string{
		at(0):                           "",
		at(skew - time.Second):          "",
		at(time.Second - skew):          "",
		at(skew):                        "skew",
		at(-skew):                       "skew",
		"0000-01-01T00:00:00Z":          "skew",
		"9999-12-31T23:59:59Z":          "skew",
		"2026-03-04T05:06:07.5Z":        "bad",
		"2026-03-04T05:06:07":           "bad",
		"2026-03-04T05:06:07+00:00":     "bad",
		"2026-03-04 05:06:07Z":          "bad",
		"2026-02-30T05:06:07Z":          "bad",
		"2026-03-04T05:06:60Z":          "bad",
		"Wed, 04 Mar 2026 05:06:07 GMT": "bad",
		"1772600767":                    "bad",
	} {
		// The clock's fraction of a second must not count: timestamps have none.
		_, err := signing.Parse(header("X-Ops-Timestamp", timestamp), signedAt().Add(999*time.Millisecond), skew)
		got := ""
		switch {
		case err != nil && err.Error() == badTime:
			got = "bad"
		case err != nil:
			got = "skew"
		}
		if got != want {
			t.Errorf("%s: got %q (%v), want %q", timestamp, got, err, want)
		}
	}
}
