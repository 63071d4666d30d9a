package search

import (
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Documents are read in place: a scan over the stored text finds where values
// start and end, and nothing is decoded that is not needed.

var errMalformed = errors.New("search: malformed JSON document")

func skipSpace(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// skipString returns the index after the string that starts at s[i] == '"'.
func skipString(s string, i int) (int, error) {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '"':
			return i + 1, nil
		case '\\':
			i++
		}
	}
	return 0, errMalformed
}

// skipValue returns the index after the value that starts at s[i]. It does not
// recurse: documents may nest as deep as they are long.
func skipValue(s string, i int) (int, error) {
	depth := 0
	for i < len(s) {
		switch s[i] {
		case '"':
			end, err := skipString(s, i)
			if err != nil {
				return 0, err
			}
			i = end
		case '{', '[':
			depth++
			i++
			continue
		case '}', ']':
			depth--
			i++
		case ' ', '\t', '\n', '\r', ',', ':':
			i++
			continue
		default:
			i = skipLiteral(s, i)
		}
		if depth <= 0 {
			break
		}
	}
	if depth != 0 {
		return 0, errMalformed
	}
	return i, nil
}

// skipLiteral returns the index after a number, true, false or null.
func skipLiteral(s string, i int) int {
	for i < len(s) {
		switch s[i] {
		case ',', '}', ']', ':', '"', '{', '[', ' ', '\t', '\n', '\r':
			return i
		}
		i++
	}
	return i
}

// member is one key of an object with its value as it is written.
type member struct {
	key, raw string
}

// members returns the members of an object in order. Anything else than an
// object has none.
func members(s string) ([]member, error) {
	i := skipSpace(s, 0)
	if i >= len(s) || s[i] != '{' {
		return nil, nil
	}
	var out []member
	i = skipSpace(s, i+1)
	for i < len(s) && s[i] == '"' {
		key, start, err := memberKey(s, i)
		if err != nil {
			return nil, err
		}
		end, err := skipValue(s, start)
		if err != nil || end == start {
			return nil, errMalformed
		}
		out = append(out, member{key, s[start:end]})
		if i = skipSpace(s, end); i < len(s) && s[i] == ',' {
			i = skipSpace(s, i+1)
		}
	}
	if i >= len(s) || s[i] != '}' {
		return nil, errMalformed
	}
	return out, nil
}

// memberKey reads the key at s[i] and returns where its value starts.
func memberKey(s string, i int) (key string, value int, err error) {
	end, err := skipString(s, i)
	if err != nil {
		return "", 0, err
	}
	value = skipSpace(s, end)
	if value >= len(s) || s[value] != ':' {
		return "", 0, errMalformed
	}
	return unquote(s[i:end]), skipSpace(s, value+1), nil
}

// unquote decodes a JSON string including its quotes.
func unquote(quoted string) string {
	s := quoted[1 : len(quoted)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			i++
			continue
		}
		r, size := unescape(s[i:])
		b.WriteRune(r)
		i += size
	}
	return b.String()
}

// unescape decodes the escape at the start of s, which is two bytes at least.
func unescape(s string) (r rune, size int) {
	switch s[1] {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		return unescapeUnit(s)
	}
	r, size = utf8.DecodeRuneInString(s[1:])
	return r, 1 + size
}

func unescapeUnit(s string) (r rune, size int) {
	r = hex4(s)
	if r < 0 {
		return utf8.RuneError, 2
	}
	if !utf16.IsSurrogate(r) {
		return r, 6
	}
	if len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
		if pair := utf16.DecodeRune(r, hex4(s[6:])); pair != utf8.RuneError {
			return pair, 12
		}
	}
	return utf8.RuneError, 6
}

// hex4 reads the four digits of a \uXXXX escape, -1 if they are not.
func hex4(s string) rune {
	if len(s) < 6 {
		return -1
	}
	var r rune
	for _, c := range []byte(s[2:6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
