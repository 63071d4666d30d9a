package chef

import (
	"runtime"
	"strings"
	"testing"
)

func TestErlangTerms(t *testing.T) {
	for raw, want := range map[string]string{
		`"a"`:                         `a`,
		`""`:                          ``,
		`null`:                        `null`,
		`1`:                           `1`,
		`-1.5e3`:                      `-1.5e3`,
		`[]`:                          `[]`,
		`[ ]`:                         `[]`,
		`{}`:                          `{[]}`,
		`{ }`:                         `{[]}`,
		`["a"]`:                       `[<<"a">>]`,
		`["a:", ":b" , 2,null, [] ]`:  `[<<"a:">>,<<":b">>,2,null,[]]`,
		`{"a":"b"}`:                   `{[{<<"a">>,<<"b">>}]}`,
		`{"a" : 1,"b" :{"c":[{ } ]}}`: `{[{<<"a">>,1},{<<"b">>,{[{<<"c">>,[{[]}]}]}}]}`,
		`{"\u0061\n":"\u00e4"}`:       "{[{<<\"a\n\">>,<<\"ä\">>}]}",
	} {
		if got := erlangTerm([]byte(raw)); got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

// A stranger chooses what is spelled: each level must not cost what is in it.
func TestErlangTermsOfDeepValuesAreSpelledOnce(t *testing.T) {
	const depth, size = 1000, 100_000
	text := strings.Repeat("x", size)
	for _, c := range []struct{ open, shut, spelledOpen, spelledShut string }{
		{"[", "]", "[", "]"},
		{`{"k":`, "}", `{[{<<"k">>,`, "}]}"},
	} {
		raw := []byte(strings.Repeat(c.open, depth) + `"` + text + `"` + strings.Repeat(c.shut, depth))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := erlangTerm(raw)
		runtime.ReadMemStats(&after)
		if want := strings.Repeat(c.spelledOpen, depth) + `<<"` + text + `">>` + strings.Repeat(c.spelledShut, depth); got != want {
			t.Errorf("%s: %d bytes, want %d", c.open, len(got), len(want))
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 20*size {
			t.Errorf("%s: %d bytes of memory for %d", c.open, used, len(raw))
		}
	}
}
