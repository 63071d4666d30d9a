package search

import (
	"strings"
	"unicode/utf8"
)

// separator stands between the key and the value of a token. Queries cannot
// contain '=', so the part of a token before it is told from the rest.
const separator = "__=__"

// isSpace is the whitespace of the original's tokenizer (Java's
// Character.isWhitespace), which does not count no-break spaces.
func isSpace(r rune) bool {
	switch {
	case r <= ' ':
		return r == ' ' || '\t' <= r && r <= '\r' || 0x1c <= r && r <= 0x1f
	case r < 0x1680:
		return false
	case 0x2000 <= r && r <= 0x200a:
		return r != 0x2007
	}
	return r == 0x1680 || r == 0x2028 || r == 0x2029 || r == 0x205f || r == 0x3000
}

// Classes of bytes that make a text anything but one plain word.
const (
	classSpace = 1 << iota // an ASCII space, or the first byte of a wider one
	classEqual             // '=', which the separator contains
)

var byteClass = func() (t [256]uint8) {
	for c := range rune(' ' + 1) {
		if isSpace(c) {
			t[c] = classSpace
		}
	}
	t[0xe1], t[0xe2], t[0xe3] = classSpace, classSpace, classSpace
	t['='] = classEqual
	return t
}()

func classify(s string) (class uint8) {
	for i := range len(s) {
		class |= byteClass[s[i]]
	}
	return class
}

// cutWord splits s at its first whitespace. word is empty when s is empty or
// starts with whitespace; rest starts with whitespace or is empty.
func cutWord(s string) (word, rest string) {
	for i := range len(s) {
		if byteClass[s[i]]&classSpace == 0 {
			continue
		}
		if r, _ := utf8.DecodeRuneInString(s[i:]); isSpace(r) {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// words returns the whitespace-delimited words of s.
func words(s string) []string { return strings.FieldsFunc(s, isSpace) }

// cutTail splits a key at its last whitespace: the words before it are tokens
// of their own, the tail is what the separator follows.
func cutTail(key string) (before []string, tail string) {
	i := strings.LastIndexFunc(key, isSpace)
	if i < 0 {
		return nil, key
	}
	_, size := utf8.DecodeRuneInString(key[i:])
	return words(key[:i]), key[i+size:]
}

// isOdd reports whether a token contains the separator at another place than
// after its key, overlapping or not. Such tokens are matched as a whole.
func isOdd(key, word string) bool {
	const half = "__"
	return strings.IndexByte(key, '=') >= 0 && strings.Contains(key+half, separator) ||
		strings.IndexByte(word, '=') >= 0 && strings.Contains(half+word, separator)
}
