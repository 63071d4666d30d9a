package setup

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseEnvironment(t *testing.T) {
	for text, want := range map[string]map[string]string{
		"":                        {},
		"# A=\"b\"\n":             {},
		"A=\"b\"\nC=\"d\"\n":      {"A": "b", "C": "d"},
		"A=\"b\n# C=d\"\nE=f\n":   {"A": "b\n# C=d", "E": "f"},
		`A="a\"b\$c\\d"` + "\n":   {"A": `a"b$c\d`},
		"A=plain = text\nnothing": {"A": "plain = text"},
		"A=\"without an end":      {"A": "without an end"},
		"A=\"\"\n":                {"A": ""},
	} {
		if got := parseEnvironment(text); !maps.Equal(got, want) {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

// What was written is read back, whatever it is.
func FuzzKeptEnvironment(f *testing.F) {
	f.Add("", "")
	f.Add("a\"b\\c`$d\n", "=\"")
	f.Add("\nA=\"x\"", "#\\")
	f.Fuzz(func(t *testing.T, one, two string) {
		if strings.ContainsRune(one+two, 0) { // no variable of a process has one
			return
		}
		want := map[string]string{"ONE": one, "TWO": two}
		got := parseEnvironment(string(environmentText(want)))
		if !maps.Equal(got, want) {
			t.Errorf("%q became %q", want, got)
		}
	})
}

func TestNoKeptEnvironment(t *testing.T) {
	if got, err := KeptEnvironment(filepath.Join(t.TempDir(), "none")); err != nil || len(got) != 0 {
		t.Errorf("a file that is not there has %q, %v", got, err)
	}
}
