package search

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A posting says that an object has something at a path. Its key is
//
//	path, tag, first word, endText, page
//	path, tag, first word, endWord, rest of the value, endText, page
//
// where page is a range of ids, whose members the key's value has (see
// appendMember); then, for words and odd tokens, the top path whose value they
// are from. Of a value longer than maxKeyText the key holds the start, then a
// hash; the whole text is in the key's value.
type posting struct {
	path *path
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
	// tagVaries: it has scalars, which must be read from the document. The
	// text is the path's keys, see packKeys.
	tagVaries
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

// The paths of those ids; they have no keys.
var (
	wordsPath = &path{id: wordPath}
	oddsPath  = &path{id: oddPath}
)

const (
	maxKeyText = 256
	hashSize   = 16
)

func comparePostings(a, b posting) int {
	if c := cmp.Compare(a.path.id, b.path.id); c != 0 {
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

// packKeys makes one text of a path's keys.
func packKeys(keys []string) string {
	var b []byte
	for _, k := range keys {
		b = append(binary.AppendUvarint(b, uint64(len(k))), k...)
	}
	return string(b)
}

func unpackKeys(text string) ([]string, error) {
	var keys []string
	for b := []byte(text); len(b) > 0; {
		n, size := binary.Uvarint(b)
		if size <= 0 || n > uint64(len(b)-size) {
			return nil, fmt.Errorf("search: keys of a path: %w", errDamaged)
		}
		keys = append(keys, string(b[size:size+int(n)]))
		b = b[size+int(n):]
	}
	return keys, nil
}

// appendKey appends the key of a posting to that of its space. long is the
// text if it did not fit.
func (p posting) appendKey(b []byte, id int64, top uint64) (key []byte, long string) {
	b = append(b, subPosting)
	b = append(appendUint(b, p.path.id), p.tag)
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
	if p.path.id <= lastReserved {
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
	okMore := true
	if len(tail) > 0 {
		f.top, _, okMore = cutUint(tail)
	}
	if !ok || !okValue || !okPage || !okMore {
		return f, fmt.Errorf("search: posting: %w", errDamaged)
	}
	return f, nil
}

// each calls fn with the posting's objects.
func (f found) each(fn func(id int64)) error {
	return eachPlace(f.members, func(place int, _ bool) { fn(f.page*pageSize + int64(place)) })
}

// addTo adds the posting's objects.
func (f found) addTo(s *idSet) error { return f.each(s.add) }
