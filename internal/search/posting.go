package search

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"unicode/utf8"
)

// A posting says that an object has something at a path. Its key is
//
//	path, tag, first word, endText, object
//	path, tag, first word, endWord, rest of the value, endText, object
//
// and, for words and odd tokens, the top path whose value they are from. Of a
// value longer than maxKeyText the key holds the start, then a hash; the key's
// value is then the whole text.
type posting struct {
	path uint64
	tag  byte
	text string
}

// The tags, in key order.
const (
	// tagBare: the path's key exists with an empty object or list.
	tagBare byte = iota
	// tagKeys: it is an object, none of whose keys has a scalar. Otherwise
	// that it is an object is told by the scalars of its keys.
	tagKeys
	// tagScalar: it has the scalar text.
	tagScalar
)

// Path ids that are no paths. Words are tokens without a separator: the later
// words of values and all but the last of keys with spaces in them. Odd tokens
// hold the separator twice. The empty word marks an object that has keys with
// spaces, whose tokens follow on another pair's.
const (
	rootPath uint64 = iota
	wordPath
	oddPath
	constantPath
	lastReserved = constantPath
)

const (
	maxKeyText = 256
	hashSize   = 16
)

func comparePostings(a, b posting) int {
	if c := cmp.Compare(a.path, b.path); c != 0 {
		return c
	}
	if c := cmp.Compare(a.tag, b.tag); c != 0 {
		return c
	}
	return strings.Compare(a.text, b.text)
}

// sortPostings makes a set of the list, in its own memory.
func sortPostings(list []posting) []posting {
	slices.SortFunc(list, comparePostings)
	return slices.Compact(list)
}

// diffPostings calls add and remove for what sorted lists have of their own.
func diffPostings(old, new []posting, remove, add func(posting) error) error {
	for len(old) > 0 || len(new) > 0 {
		c := 0
		switch {
		case len(old) == 0:
			c = 1
		case len(new) == 0:
			c = -1
		default:
			c = comparePostings(old[0], new[0])
		}
		var err error
		switch {
		case c < 0:
			err = remove(old[0])
		case c > 0:
			err = add(new[0])
		}
		if err != nil {
			return err
		}
		if c <= 0 {
			old = old[1:]
		}
		if c >= 0 {
			new = new[1:]
		}
	}
	return nil
}

// appendPosting appends the key of a posting to that of its space. long is
// what the key's value must be: set when the text did not fit.
func appendPosting(b []byte, p posting, id int64, top uint64) (key []byte, long string) {
	b = append(b, subPosting)
	b = append(appendUint(b, p.path), p.tag)
	text := p.text
	if len(text) > maxKeyText {
		text, long = clip(text), text
	}
	b = appendWords(b, text)
	if long != "" {
		sum := sha256.Sum256([]byte(long))
		b = append(b, sum[:hashSize]...)
	}
	b = appendUint(b, uint64(id))
	if p.path == wordPath || p.path == oddPath {
		b = appendUint(b, top)
	}
	return b, long
}

// clip cuts a text that is too long for a key, between two characters.
func clip(text string) string {
	n := maxKeyText
	for n > maxKeyText-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}

// A found posting is what a scan reads from a key below its path and tag.
type found struct {
	word, rest []byte
	id         int64
	top        uint64 // of words and odd tokens
}

// parsePosting reads the part of a posting's key after the tag, and the key's
// value.
func parsePosting(tail, value []byte) (f found, ok bool) {
	f.word, f.rest, tail, ok = cutWords(tail)
	if !ok {
		return f, false
	}
	if len(value) > 0 {
		if len(tail) < hashSize {
			return f, false
		}
		tail = tail[hashSize:]
		w, r := cutWord(string(value))
		f.word, f.rest = []byte(w), []byte(r)
	}
	id, tail, ok := cutUint(tail)
	if !ok {
		return f, false
	}
	f.id = int64(id)
	if len(tail) > 0 {
		f.top, _, ok = cutUint(tail)
	}
	return f, ok
}
