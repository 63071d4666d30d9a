package search

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A posting says that an object has something at a path. Its key is
//
//	path, tag, first word, endText, page of the object
//	path, tag, first word, endWord, rest of the value, endText, page
//
// and, for words and odd tokens, the top path whose value they are from. Of a
// value longer than maxKeyText the key holds the start, then a hash; the whole
// text is in the key's value. See appendMember for the rest of that.
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

// Path ids that are no paths. Words are the tokens that have no key: the later
// words of values, and all but the last of keys with spaces in them. Odd tokens
// hold the separator where no key ends. The empty word marks an object with a
// phrase that starts at, or goes on over, something that is neither.
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
		var c int
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

// appendPosting appends the key of a posting to that of its space. long is the
// text if it did not fit.
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
	b = appendUint(b, uint64(id/pageSize))
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

// found is what a scan reads of a posting.
type found struct {
	word, rest []byte
	page       int64
	top        uint64 // of words and odd tokens
	members    []byte
}

// parsePosting reads the part of a posting's key after the tag, and the key's
// value.
func parsePosting(tail, value []byte) (f found, err error) {
	var ok bool
	f.word, f.rest, tail, ok = cutWords(tail)
	long, members, okValue := cutLong(value)
	if len(long) > 0 && len(tail) >= hashSize {
		tail = tail[hashSize:]
		w, r := cutWord(string(long))
		f.word, f.rest = []byte(w), []byte(r)
	}
	at, tail, okPage := cutUint(tail)
	f.page, f.members = int64(at), members
	okTop := true
	if len(tail) > 0 {
		f.top, _, okTop = cutUint(tail)
	}
	if !ok || !okValue || !okPage || !okTop {
		return f, fmt.Errorf("search: posting: %w", errDamaged)
	}
	return f, nil
}

// addTo adds the posting's objects.
func (f found) addTo(s *idSet) error {
	p := s.page(f.page)
	return eachMember(f.members, func(place int, _ bool) { p.set(place) })
}
