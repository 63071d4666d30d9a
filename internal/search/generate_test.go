package search

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"pgregory.net/rapid"
)

// Keys and values come from few, awkward texts, so that they meet: keys with
// underscores, spaces and separators in them, values of several words, and the
// control characters that the key encoding uses.
var (
	genKey = often([]string{"a", "b", "c", "a_b"}, []string{
		"a", "b", "c", "a_b", "b_c", "_", "", "a b", "b c d", " a", "a ", "a\u2003b", "x=__", "__=", "a__=__b",
		"=", "a__=_", "name", "role", "\x00", "\x01a", "a\x02", "é", "chef_type", "_default",
	})
	genText = often([]string{"a", "b", "a b", "c a"}, []string{
		"", "a", "b", "ab", "ba", "abc", "a b", "b a", "a b c", "c  a\tb", " a", "a ", "\u00a0", "a\u2028b", "é", "éa",
		"a__=__b", "=__b", "_=__a", "__=__", "=", "\x00", "\x01", "a\x02b", "\x00 b", "true", "\ufffd", "😀",
		strings.Repeat("a", 255), strings.Repeat("a", 256), strings.Repeat("a", 300), strings.Repeat("a", 300) + "b c",
		strings.Repeat("b ", 200), strings.Repeat("é", 128) + "x", strings.Repeat("a", 254) + "\u2003b",
	})
)

// often draws half the time from the first texts.
func often(first, all []string) *rapid.Generator[string] {
	return rapid.OneOf(rapid.SampledFrom(first), rapid.SampledFrom(all))
}

func genValue(depth int) *rapid.Generator[any] {
	kinds := []*rapid.Generator[any]{
		rapid.Map(genText, func(s string) any { return s }),
		rapid.Map(rapid.IntRange(-2, 20), func(n int) any { return n }),
		rapid.SampledFrom([]any{true, false, nil, json.Number("123456789012345678901234567890")}),
	}
	if depth > 0 {
		kinds = append(kinds,
			rapid.Map(genObject(depth-1), func(m map[string]any) any { return m }),
			rapid.Map(rapid.SliceOfN(genValue(depth-1), 0, 3), func(l []any) any { return l }))
	}
	return rapid.Deferred(func() *rapid.Generator[any] { return rapid.OneOf(kinds...) })
}

func genObject(depth int) *rapid.Generator[map[string]any] {
	return rapid.Deferred(func() *rapid.Generator[map[string]any] {
		return rapid.MapOfN(genKey, genValue(depth), 0, 4)
	})
}

func genDocument(ref Ref) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		doc := genObject(3).Draw(t, "document")
		switch ref.Type {
		case TypeNode:
			doc = map[string]any{"name": ref.Name, "chef_environment": "_default", "run_list": []any{"recipe[a]", "role[b]", "recipe[a::b]"}}
			for _, section := range []string{"default", "normal", "override", "automatic"} {
				if rapid.Bool().Draw(t, section) {
					doc[section] = genObject(3).Draw(t, section)
				}
			}
		case TypeRole:
			doc["env_run_lists"] = genObject(1).Draw(t, "env_run_lists")
		}
		b, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	})
}

// genQuery is a query with what it means.
type genQuery struct {
	text string
	is   predicate
}

// genPattern draws a word, with wildcards or not.
func genPattern(t *rapid.T, label string) (string, pattern) {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "_", "ab", "a_b", "name", "*", "*", "?", "__"}), 1, 4).
		Filter(func(s []string) bool { return s[0] != "?" }).Draw(t, label)
	if rapid.IntRange(0, 20).Draw(t, "long") == 0 {
		parts = []string{strings.Repeat("a", 300)}
	}
	text := strings.Join(parts, "")
	var p pattern
	for _, r := range text {
		switch r {
		case '*':
			p = append(p, wildMany)
		case '?':
			p = append(p, wildOne)
		default:
			p = append(p, r)
		}
	}
	return text, p
}

func genWord(t *rapid.T, label string) string {
	return rapid.SampledFrom([]string{"a", "b", "c", "a_b", "ab", "d", "node", "name"}).Draw(t, label)
}

func someToken(is func(string) bool) predicate {
	return func(tokens []string) bool { return slices.ContainsFunc(tokens, is) }
}

// genLeaf draws a query that is not made of others.
func genLeaf(t *rapid.T) genQuery {
	switch rapid.IntRange(0, 6).Draw(t, "kind") {
	case 0:
		text, p := genPattern(t, "bare")
		return genQuery{text, someToken(func(s string) bool { return oracleGlob(p, []rune(s)) })}
	case 1:
		return genPhrase(t)
	case 2:
		return genInterval(t)
	case 3:
		key, word := genWord(t, "key"), genWord(t, "fuzzy")
		target := key + "__=__" + word
		return genQuery{key + ":" + word + "~1", someToken(func(s string) bool { return oracleDistance([]rune(s), []rune(target)) <= 1 })}
	}
	kt, kp := genPattern(t, "key")
	vt, vp := genPattern(t, "value")
	if kt == "*" && strings.HasPrefix(vt, "*") {
		kt = "**" // *:* at the start of a query is a query of its own
	}
	p := slices.Concat(kp, pattern("__=__"), vp)
	return genQuery{kt + ":" + vt, someToken(func(s string) bool { return oracleGlob(p, []rune(s)) })}
}

func genPhrase(t *rapid.T) genQuery {
	words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", "ab"}), 1, 3).Draw(t, "words")
	text := `"` + strings.Join(words, " ") + `"`
	slop := 0
	if rapid.Bool().Draw(t, "keyed") {
		key := rapid.SampledFrom([]string{"a", "b", "c", "a_b", "b_c", "d"}).Draw(t, "key")
		text = key + ":" + text
		words[0] = key + "__=__" + words[0]
	} else if rapid.Bool().Draw(t, "sloppy") && len(words) > 1 {
		slop = rapid.IntRange(0, 3).Draw(t, "slop")
		text += fmt.Sprint("~", slop)
	}
	return genQuery{text, func(tokens []string) bool { return oracleNear(tokens, words, slop) }}
}

func genInterval(t *rapid.T) genQuery {
	bound := rapid.SampledFrom([]string{"*", "a", "ab", "b", "1", "2", "_", "z"})
	low, high := bound.Draw(t, "low"), bound.Draw(t, "high")
	key := rapid.SampledFrom([]string{"a", "b", "c", "a_b", "x"}).Draw(t, "key")
	open := rapid.Bool().Draw(t, "open")
	text := key + ":[" + low + " TO " + high + "]"
	if open {
		text = key + ":{" + low + " TO " + high + "}"
	}
	from, to := key+"__=__"+strings.TrimSuffix(low, "*"), key+"__=__"+high
	if high == "*" {
		to = key + "__=__\ufff0"
	}
	return genQuery{text, someToken(func(s string) bool {
		switch {
		case low == "*" && high == "*":
			return strings.HasPrefix(s, from)
		case open:
			return from < s && s < to
		}
		return from <= s && s <= to
	})}
}

// genBoolean draws clauses, with the rules of Lucene's classic parser spelled
// out once more.
func genBoolean(t *rapid.T, depth int) genQuery {
	type part struct {
		occur occur
		is    predicate
	}
	var parts []part
	var text strings.Builder
	and, binary := false, false
	for i := range rapid.IntRange(1, 4).Draw(t, "clauses") {
		q := genLeaf(t)
		fuzzy := strings.Contains(q.text, "~") || strings.HasPrefix(q.text, `"`)
		if depth > 0 && rapid.IntRange(0, 3).Draw(t, "group") == 0 {
			q = genBoolean(t, depth-1)
			q.text, fuzzy = "("+q.text+")", false
		}
		sign := rapid.SampledFrom([]string{"", "", "", "NOT ", "!"}).Draw(t, "sign")
		if sign != "" && strings.Contains(q.text, `"~`) {
			sign = "" // a negated string takes no slop
		}
		if i > 0 && !binary {
			text.WriteString(" ")
		}
		text.WriteString(sign + q.text)
		p := part{should, q.is}
		switch {
		case sign != "":
			p.occur = mustNot
		case and:
			p.occur = must
		}
		if and && len(parts) > 0 && parts[len(parts)-1].occur != mustNot {
			parts[len(parts)-1].occur = must
		}
		parts = append(parts, p)
		and, binary = false, false
		if sign == "" && !fuzzy {
			op := rapid.SampledFrom([]string{"", " AND ", " OR ", " && ", " || "}).Draw(t, "operator")
			and, binary = op == " AND " || op == " && ", op != ""
			text.WriteString(op)
		}
	}
	if binary {
		text.WriteString("d")
		p := part{should, someToken(func(s string) bool { return s == "d" })}
		if and {
			p.occur = must
			if last := &parts[len(parts)-1]; last.occur != mustNot {
				last.occur = must
			}
		}
		parts = append(parts, p)
	}
	return genQuery{text.String(), func(tokens []string) bool {
		required, any, optional := false, false, false
		for _, p := range parts {
			got := p.is(tokens)
			switch {
			case p.occur == must && !got, p.occur == mustNot && got:
				return false
			case p.occur == must:
				required = true
			case p.occur == should:
				optional = true
				any = any || got
			}
		}
		return required || any || !optional
	}}
}
