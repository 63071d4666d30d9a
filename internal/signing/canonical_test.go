package signing_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tournant/internal/signing"
)

func TestCanonicalPath(t *testing.T) {
	for path, want := range map[string]string{
		"":                   "/",
		"/":                  "/",
		"//":                 "/",
		"///":                "/",
		"/a":                 "/a",
		"/a/":                "/a",
		"/a//":               "/a",
		"//a///b////c":       "/a/b/c",
		"/a%2F/b%2f":         "/a%2F/b%2f",
		"/a/../b/./c":        "/a/../b/./c",
		"/r%C3%B4le%20x/+~|": "/r%C3%B4le%20x/+~|",
	} {
		if got := signing.CanonicalPath(path); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func TestCanonicalPathProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + rapid.StringOfN(rapid.SampledFrom([]rune("/ab%é")), 0, 20, -1).Draw(t, "path")
		got := signing.CanonicalPath(path)
		if again := signing.CanonicalPath(got); again != got {
			t.Errorf("%q: %q is not a fixed point, gives %q", path, got, again)
		}
		if strings.Contains(got, "//") || got != "/" && strings.HasSuffix(got, "/") {
			t.Errorf("%q: got %q", path, got)
		}
		segments := func(s string) string {
			return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '/' }), "/")
		}
		if segments(got) != segments(path) {
			t.Errorf("%q: got %q, with other segments", path, got)
		}
	})
}
