package chef

import (
	"strings"
	"testing"
)

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]Version{
		"0":                        {},
		"1":                        {1, 0, 0},
		"1.2":                      {1, 2, 0},
		"1.2.3":                    {1, 2, 3},
		"01.002.0003":              {1, 2, 3},
		"1.2.20130730201745":       {1, 2, 20130730201745},
		"9223372036854775807":      {9223372036854775807, 0, 0},
		"0.0.09223372036854775807": {0, 0, 9223372036854775807},
	} {
		got, err := ParseVersion(text)
		if err != nil || got != want {
			t.Errorf("ParseVersion(%q) = %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{
		"", ".", "1.", ".1", "1..2", "1.2.3.4", "1.2.3.", "a", "1.a", "-1", "+1", "1.-1", " 1", "1 ", "1\n",
		"9223372036854775808", "99999999999999999999", "1.2.18446744073709551616", "١",
	} {
		if v, err := ParseVersion(text); err == nil {
			t.Errorf("ParseVersion(%q) = %v, want an error", text, v)
		}
	}
}

func TestVersionCompare(t *testing.T) {
	ascending := []Version{{}, {0, 0, 1}, {0, 1, 0}, {0, 10, 0}, {1, 0, 0}, {1, 0, 2}, {1, 2, 0}, {2, 0, 0}, {10, 0, 0}}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := a.Compare(b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%v.Compare(%v) = %d", a, b, got)
			}
		}
	}
}

func FuzzParseVersion(f *testing.F) {
	for _, seed := range []string{"1", "1.2", "1.2.3", "01.0", "1.2.20130730201745", "9223372036854775808", "1..2", "-1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, err := ParseVersion(text)
		if err != nil {
			return
		}
		if v.Major < 0 || v.Minor < 0 || v.Patch < 0 {
			t.Fatalf("%q: a part of %v is negative", text, v)
		}
		if strings.Trim(text, "0123456789.") != "" {
			t.Fatalf("%q was accepted", text)
		}
		if again, err := ParseVersion(v.String()); err != nil || again != v {
			t.Fatalf("%q: %v became %v, %v", text, v, again, err)
		}
	})
}
