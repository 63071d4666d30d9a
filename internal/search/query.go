package search

import "slices"

// occur tells how a clause takes part in its group.
type occur uint8

const (
	should occur = iota
	must
	mustNot
)

// A node of a parsed query.
type node interface {
	eval(r *reader) (*idSet, error)
}

type (
	// boolean is a group of clauses. Without a clause that must match, one
	// that should match has to; with neither, all that none forbids match.
	boolean []clause

	clause struct {
		occur occur
		node  node
	}

	// everything matches every object, nothing none.
	everything struct{}
	nothing    struct{}

	// pair matches the tokens that name and value match around a separator;
	// token matches the same tokens as a whole.
	pair struct {
		name  pattern
		value matcher
		token matcher
	}

	// bare matches whole tokens.
	bare struct{ token matcher }

	// phrase matches tokens that follow one another, the first of them with
	// the key if there is one, moved by at most slop places altogether.
	phrase struct {
		keyed bool
		key   string
		words []string
		slop  int
	}
)

// add appends a clause as Lucene's classic parser does: AND makes both of its
// sides required, OR none, and there is no precedence.
func (b *boolean) add(and bool, occurs occur, n node) {
	if and && len(*b) > 0 {
		if last := &(*b)[len(*b)-1]; last.occur != mustNot {
			last.occur = must
		}
		if occurs == should {
			occurs = must
		}
	}
	*b = append(*b, clause{occurs, n})
}

// newTerm makes the node of a term, with the key before it if there is one.
// Wildcards take precedence over fuzziness.
func newTerm(key *word, w word, mod modifier) (node, error) {
	value := w.pattern()
	token := value
	if key != nil {
		token = slices.Concat(key.pattern(), pattern(separator), value)
	}
	literal := token.isLiteral()
	switch {
	case len(token) > maxTerm && (!literal || mod.fuzzy):
		return nil, errSyntax
	case literal && mod.fuzzy && mod.similarity < 0:
		return bare{newFuzzy(token, maxEdits)}, nil
	case literal && mod.fuzzy:
		return bare{newFuzzy(token, fuzzyEdits(mod.similarity, len(token)))}, nil
	case key != nil:
		return pair{key.pattern(), value.matcher(), token.matcher()}, nil
	}
	return bare{token.matcher()}, nil
}

// newPhrase makes the node of words that follow one another. The number behind
// a phrase is how many places they may be moved.
func newPhrase(keyed bool, key string, words []string, mod modifier) node {
	p := phrase{keyed: keyed, key: key, words: words, slop: max(0, int(min(mod.similarity, maxTerm)))}
	if len(words) > 1 {
		return p
	}
	if keyed {
		return pair{pattern(key), literal(words[0]), literal(p.token())}
	}
	return bare{literal(words[0])}
}

// newRange matches the tokens of a key with values between two bounds; an
// empty bound is none.
func newRange(key, low, high string, open bool) node {
	if high == "" {
		// The bound that the original puts in the place of '*'.
		high = "\ufff0"
	}
	prefix := key + separator
	value := interval{low: low, high: high, openLow: open, openHigh: open}
	token := interval{low: prefix + low, high: prefix + high, openLow: open, openHigh: open}
	return pair{pattern(key), value, token}
}

// token is the text of the phrase's first token.
func (p phrase) token() string {
	if p.keyed {
		return p.key + separator + p.words[0]
	}
	return p.words[0]
}
