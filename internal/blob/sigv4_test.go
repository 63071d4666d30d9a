package blob

import (
	"testing"

	"pgregory.net/rapid"
)

func TestEscapedPath(t *testing.T) {
	for path, want := range map[string]string{
		"":             "",
		"/":            "/",
		"/a-Z_0.9~":    "/a-Z_0.9~",
		"/%41%7e":      "/A~",
		"/%2f%2F":      "/%2F%2F",
		"/a b+c$é":     "/a%20b%2Bc%24%C3%A9",
		"/%e9%C3%A9":   "/%E9%C3%A9",
		"/100%":        "/100%25",
		"/%4":          "/%254",
		"/%zz%4g":      "/%25zz%254g",
		"//a/../b/./c": "//a/../b/./c",
	} {
		if got := string(appendEscapedPath(nil, path)); got != want {
			t.Errorf("%q: got %q, want %q", path, got, want)
		}
	}
}

func TestEscapedPathIsCanonical(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		path := rapid.String().Draw(t, "path")
		once := string(appendEscapedPath(nil, path))
		if twice := string(appendEscapedPath(nil, once)); twice != once {
			t.Errorf("%q: %q becomes %q", path, once, twice)
		}
		// Escaping what needs none does not make another path.
		if got := string(appendEscapedPath(nil, string(appendEscaped(nil, path)))); got != string(appendEscaped(nil, path)) {
			t.Errorf("%q: got %q", path, got)
		}
	})
}

func TestQueryOrder(t *testing.T) {
	for raw, want := range map[string]string{
		"":                      "",
		"&&":                    "",
		"b=2&a=1":               "a=1&b=2",
		"a=2&a=1":               "a=1&a=2",
		"a-b=1&a=1":             "a=1&a-b=1",
		"a-=1&a%2f=1":           "a%2F=1&a-=1", // by their escaped forms
		"lifecycle":             "lifecycle=",
		"a=b=c;d+e&%41=%7E%20%": "",
		"a=b=c;d+e&%41=%7E":     "A=~&a=b%3Dc%3Bd%20e",
	} {
		query, err := parseQuery(raw)
		if got := string(query.append(nil)); got != want {
			t.Errorf("%q: got %q (%v), want %q", raw, got, err, want)
		}
	}
}
