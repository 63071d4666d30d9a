package search

import (
	"encoding/binary"
	"fmt"
)

// The first byte of every key. Only what belongs to one space lies under
// kindData, so that a space is dropped as one range.
const (
	kindFormat byte = 'F' // → the Identity the index was made from
	kindOrg    byte = 'O' // org → the position in its change log
	kindSpace  byte = 'S' // org, type, bag → spaceRecord
	kindData   byte = 'd' // space id, sub, …
)

// The kinds of key in a space. The objects of one type, or one data bag, of
// one organization are a space: no query crosses its border.
const (
	subChunk    byte = 'c' // object, top path → JSON of a top-level value
	subChild    byte = 'd' // parent path, key → path id, flags
	subJoined   byte = 'j' // keys joined with '_', path
	subLast     byte = 'l' // last key, path (paths of two keys and more)
	subManifest byte = 'm' // object → top paths and hashes of its chunks
	subObject   byte = 'o' // object → name
	subPosting  byte = 'p' // path, tag, value, object; see posting
)

// appendUint appends n so that encodings sort as the numbers do.
func appendUint(b []byte, n uint64) []byte {
	size := 1
	for size < 8 && n>>(8*size) != 0 {
		size++
	}
	b = append(b, byte(size))
	for ; size > 0; size-- {
		b = append(b, byte(n>>(8*(size-1))))
	}
	return b
}

// cutUint reads what appendUint wrote; ok is false when b is not that.
func cutUint(b []byte) (n uint64, rest []byte, ok bool) {
	if len(b) == 0 || b[0] == 0 || b[0] > 8 || len(b) < 1+int(b[0]) {
		return 0, nil, false
	}
	size := int(b[0])
	for _, c := range b[1 : 1+size] {
		n = n<<8 | uint64(c)
	}
	return n, b[1+size:], true
}

// Terminators of a text within a key. Bytes up to the greatest are escaped, so
// that texts sort as their bytes do.
const (
	endText byte = iota // the text ends
	endWord             // its first word ends, the rest follows
	escape
)

// appendText appends text without a terminator.
func appendText(b []byte, text string) []byte {
	from := 0
	for i := range len(text) {
		if text[i] <= escape {
			b = append(b, text[from:i]...)
			b = append(b, escape, text[i]+1)
			from = i + 1
		}
	}
	return append(b, text[from:]...)
}

// cutText reads a text up to its terminator.
func cutText(b []byte) (text []byte, end byte, rest []byte, ok bool) {
	escaped := false
	for i := 0; i < len(b); i++ {
		switch b[i] {
		case endText, endWord:
			text = b[:i]
			if escaped {
				text = unescapeText(text)
			}
			return text, b[i], b[i+1:], true
		case escape:
			escaped = true
			i++
		}
	}
	return nil, 0, nil, false
}

// appendWords appends text so that texts sort by their first words.
func appendWords(b []byte, text string) []byte {
	word, rest := text, ""
	if classify(text)&classSpace != 0 {
		word, rest = cutWord(text)
	}
	b = appendText(b, word)
	if rest != "" {
		b = appendText(append(b, endWord), rest)
	}
	return append(b, endText)
}

// cutWords reads what appendWords wrote.
func cutWords(b []byte) (word, rest, tail []byte, ok bool) {
	word, end, tail, ok := cutText(b)
	if ok && end == endWord {
		rest, _, tail, ok = cutText(tail)
	}
	return word, rest, tail, ok
}

func unescapeText(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); i++ {
		if b[i] == escape && i+1 < len(b) {
			i++
			out = append(out, b[i]-1)
			continue
		}
		out = append(out, b[i])
	}
	return out
}

// after returns the least key that does not begin with prefix.
func after(prefix []byte) []byte {
	for i := len(prefix) - 1; i >= 0; i-- {
		if prefix[i] != 0xff {
			end := append([]byte(nil), prefix[:i+1]...)
			end[i]++
			return end
		}
	}
	return nil
}

func orgKey(org int64) []byte {
	return appendUint([]byte{kindOrg}, uint64(org))
}

// spacesKey is the prefix of an organization's spaces.
func spacesKey(org int64) []byte {
	return appendUint([]byte{kindSpace}, uint64(org))
}

func spaceKey(org int64, typ, bag string) []byte {
	b := append(spacesKey(org), typ...)
	return append(append(b, 0), bag...)
}

// spaceRecord is what is kept of a space beside its data.
type spaceRecord struct {
	id      uint64 // never reused
	paths   uint64 // the last path id given out
	objects uint64
}

func (r spaceRecord) encode() []byte {
	b := binary.AppendUvarint(nil, r.id)
	b = binary.AppendUvarint(b, r.paths)
	return binary.AppendUvarint(b, r.objects)
}

func decodeSpaceRecord(b []byte) (r spaceRecord, err error) {
	for _, n := range []*uint64{&r.id, &r.paths, &r.objects} {
		v, size := binary.Uvarint(b)
		if size <= 0 {
			return r, fmt.Errorf("search: space record: %w", errDamaged)
		}
		*n, b = v, b[size:]
	}
	return r, nil
}
