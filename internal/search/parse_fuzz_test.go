package search

import (
	"testing"

	"tournant/internal/chef"
)

// Any text is a query or the client's mistake: never a panic.
func FuzzParseQuery(f *testing.F) {
	for _, seed := range []string{
		"", "*:*", "name:web*", `a:"b c" AND NOT d`, "f:[a TO b]", "f:{* TO b}", "+a -b !c", "a~0.5 b^2",
		"((((a))))", `run_list:recipe\[foo\:\:bar\]`, `*"hello world"*:*`, "a && b || c", "f:(a b)", `\`, `"`, "é:ü", "a OR",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := parse(text); err != nil && chef.CodeOf(err) != chef.Invalid {
			t.Errorf("%q: %v is %s, want invalid", text, err, chef.CodeOf(err))
		}
	})
}
