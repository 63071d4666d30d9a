package search

import (
	"slices"
	"unicode/utf8"
)

// maxEdits is the most that the original allows.
const maxEdits = 2

// fuzzy matches texts within some edits of a target: a character inserted,
// left out, replaced, or two neighbours swapped.
type fuzzy struct {
	target []rune
	edits  int
	// The last two rows of the distance table: row[j] is the distance of what
	// was read to target[:j].
	row, before []int
	last        rune
}

func newFuzzy(target []rune, edits int) *fuzzy {
	f := &fuzzy{target: target, edits: edits, row: make([]int, len(target)+1)}
	for j := range f.row {
		f.row[j] = j
	}
	return f
}

// fuzzyEdits is Lucene's reading of the number after '~': a count of edits, or,
// below 1, the share of the characters that must stay.
func fuzzyEdits(similarity float64, length int) int {
	if similarity >= 1 {
		return int(min(similarity, maxEdits))
	}
	if similarity == 0 {
		return 0
	}
	return min(int((1-similarity)*float64(length)), maxEdits)
}

// feed returns the state after one more character.
func (f *fuzzy) feed(r rune) *fuzzy {
	next := make([]int, len(f.row))
	next[0] = f.row[0] + 1
	for j := 1; j < len(next); j++ {
		cost := 1
		if f.target[j-1] == r {
			cost = 0
		}
		next[j] = min(f.row[j-1]+cost, f.row[j]+1, next[j-1]+1)
		if j > 1 && f.before != nil && f.target[j-1] == f.last && f.target[j-2] == r {
			next[j] = min(next[j], f.before[j-2]+1)
		}
	}
	return &fuzzy{f.target, f.edits, next, f.row, r}
}

// dead reports that no continuation can match.
func (f *fuzzy) dead() bool {
	return slices.Min(f.row) > f.edits && (f.before == nil || slices.Min(f.before)+1 > f.edits)
}

func (f *fuzzy) run(text []byte) *fuzzy {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		if f = f.feed(r); f.dead() {
			return nil
		}
		text = text[size:]
	}
	return f
}

func (f *fuzzy) step(text string) matcher {
	if g := f.run([]byte(text)); g != nil {
		return g
	}
	return nil
}

func (f *fuzzy) matches(rest []byte) bool {
	g := f.run(rest)
	return g != nil && g.row[len(g.target)] <= g.edits
}

func (f *fuzzy) all() bool          { return false }
func (f *fuzzy) least() string      { return "" }
func (f *fuzzy) beyond([]byte) bool { return false }
