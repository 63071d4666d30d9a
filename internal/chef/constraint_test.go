package chef

import "testing"

func TestConstraintMatch(t *testing.T) {
	for _, tc := range []struct{ constraint, matches, rejects string }{
		{"1.2.3", "1.2.3", "1.2.4"},
		{"1.2", "1.2.0", "1.2.1"},
		{"1", "1.0.0", "1.0.1"},
		{"= 1.2.3", "1.2.3", "1.2.2"},
		{"< 1.2.3", "1.2.2", "1.2.3"},
		{"<= 1.2.3", "1.2.3", "1.2.4"},
		{"> 1.2.3", "1.2.4", "1.2.3"},
		{">= 1.2.3", "1.2.3", "1.2.2"},
		{">= 1.2.20130730200000", "1.2.20130730201745", "1.2.20130730199999"},
		{"~> 1.2.3", "1.2.3", "1.2.2"},
		{"~> 1.2.3", "1.2.99", "1.3.0"},
		{"~> 1.2.0", "1.2.0", "1.3.0"},
		{"~> 1.2", "1.2.0", "1.1.9"},
		{"~> 1.2", "1.99.0", "2.0.0"},
		{"~> 1", "1.0.0", "0.9.9"},
		{"~> 1", "1.99.99", "2.0.0"},
		{"~> 9223372036854775807", "9223372036854775807.1", "9223372036854775806"},
	} {
		c, err := ParseConstraint(tc.constraint)
		if err != nil {
			t.Errorf("ParseConstraint(%q): %v", tc.constraint, err)
			continue
		}
		if !c.Match(mustVersion(t, tc.matches)) {
			t.Errorf("%q does not match %s", tc.constraint, tc.matches)
		}
		if c.Match(mustVersion(t, tc.rejects)) {
			t.Errorf("%q matches %s", tc.constraint, tc.rejects)
		}
	}
}

func TestConstraintSide(t *testing.T) {
	ascending := []Version{{}, {0, 9, 9}, {1, 0, 0}, {1, 2, 2}, {1, 2, 3}, {1, 2, 4}, {1, 3, 0}, {2, 0, 0}, {2, 2, 3}}
	for _, text := range []string{"1.2.3", "< 1.2.3", "<= 1.2.3", "> 1.2.3", ">= 1.2.3", "~> 1.2.3", "~> 1.2", "~> 1", "> 9", "< 0"} {
		c, err := ParseConstraint(text)
		if err != nil {
			t.Fatal(err)
		}
		before := -1
		for _, v := range ascending {
			side := c.Side(v)
			if side < -1 || side > 1 || side < before {
				t.Errorf("%q: the side of %v is %d, after %d", text, v, side, before)
			}
			before = side
		}
	}
}

func TestConstraintPrinting(t *testing.T) {
	for _, tc := range []struct{ text, asWritten, padded string }{
		{"1", "= 1", "= 1.0.0"},
		{"= 1.2", "= 1.2", "= 1.2.0"},
		{"> 2.0.0", "> 2.0.0", "> 2.0.0"},
		{"~> 1.2", "~> 1.2", "~> 1.2.0"},
		{"<= 01.02", "<= 1.2", "<= 1.2.0"},
		{"< 1", "< 1", "< 1.0.0"},
	} {
		c, err := ParseConstraint(tc.text)
		if err != nil || c.String() != tc.asWritten || c.Padded() != tc.padded {
			t.Errorf("ParseConstraint(%q) prints %q, %q (%v), want %q, %q",
				tc.text, c.String(), c.Padded(), err, tc.asWritten, tc.padded)
		}
	}
	if got := (Constraint{}).String(); got != ">= 0.0.0" {
		t.Errorf("the zero constraint prints %q", got)
	}
	if !(Constraint{}).Match(Version{}) {
		t.Error("the zero constraint does not match 0.0.0")
	}
	if got := ExactConstraint(Version{1, 2, 3}).String(); got != "= 1.2.3" {
		t.Errorf("ExactConstraint prints %q", got)
	}
}

func TestParseConstraintRejects(t *testing.T) {
	for _, text := range []string{
		"", " ", ">", "> ", ">=1.0", ">= 1.0.0.0", "> 1.a", "=  1", " = 1", "= 1 ", "== 1", "!= 1", "=> 1", "~>1",
		"~ 1", "1 2", " 1", "1 ", "latest", "> 9223372036854775808", "= -1", "=\t1", "foo 1.0",
	} {
		if c, err := ParseConstraint(text); err == nil {
			t.Errorf("ParseConstraint(%q) = %v, want an error", text, c)
		}
	}
}

func FuzzParseConstraint(f *testing.F) {
	for _, seed := range []string{"1", "= 1.2", "~> 1.2.3", ">= 0.0.0", "> 1.a", "=  1", "< 9223372036854775807"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConstraint(text)
		if err != nil {
			return
		}
		again, err := ParseConstraint(c.String())
		if err != nil || again != c {
			t.Fatalf("%q: %v became %v, %v", text, c, again, err)
		}
	})
}

func mustVersion(t *testing.T, text string) Version {
	t.Helper()
	v, err := ParseVersion(text)
	if err != nil {
		t.Fatalf("ParseVersion(%q): %v", text, err)
	}
	return v
}
