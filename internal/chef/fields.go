package chef

import (
	"bytes"
	"encoding/json"
	"iter"
	"slices"
	"unicode/utf8"
)

// Fields is a JSON object taken apart at its top level: keys in the order
// they came, values as they were spelled. Documents are validated and
// completed through it without their insides being decoded or re-marshalled,
// so numbers of any size and nested key order survive.
type Fields struct {
	list []field
}

type field struct {
	key   string
	value json.RawMessage
}

// ErrNotJSON is the error for a body that is not JSON.
func ErrNotJSON() error { return Errorf(Invalid, "invalid JSON") }

// ErrNotObject is the error for a body that is JSON but no object.
func ErrNotObject() error { return Errorf(Invalid, "Incorrect JSON type for request body") }

// ParseFields takes a JSON object apart. Of a key given twice the last value
// counts. A body that is not UTF-8 or not JSON is ErrNotJSON, one that is
// another JSON value ErrNotObject.
func ParseFields(body []byte) (*Fields, error) {
	if !utf8.Valid(body) || !json.Valid(body) {
		return nil, ErrNotJSON()
	}
	body = bytes.TrimLeft(body, " \t\r\n")
	if body[0] != '{' {
		return nil, ErrNotObject()
	}
	return splitObject(body), nil
}

// splitObject walks a valid JSON object.
func splitObject(body []byte) *Fields {
	f := &Fields{list: make([]field, 0, 12)}
	for i := 1; ; {
		i = skipBlank(body, i)
		if body[i] == ',' {
			i = skipBlank(body, i+1)
		}
		if body[i] == '}' {
			f.dropRepeated()
			return f
		}
		end := skipValue(body, i)
		key := unquote(body[i:end])
		i = skipBlank(body, end) + 1 // the colon
		i = skipBlank(body, i)
		end = skipValue(body, i)
		if len(f.list) < manyFields {
			f.Set(key, body[i:end:end])
		} else {
			f.list = append(f.list, field{key, body[i:end:end]})
		}
		i = end
	}
}

// manyFields is the number of keys from which on looking at each for another of
// the same name would cost a client's large object too much of our time.
const manyFields = 64

// dropRepeated does for all keys of a large object what Set does for one.
func (f *Fields) dropRepeated() {
	if len(f.list) <= manyFields {
		return
	}
	at := make(map[string]int, len(f.list))
	kept := f.list[:0]
	for _, x := range f.list {
		if i, repeated := at[x.key]; repeated {
			kept[i].value = x.value
			continue
		}
		at[x.key] = len(kept)
		kept = append(kept, x)
	}
	f.list = kept
}

func skipBlank(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r' {
		i++
	}
	return i
}

// skipValue returns the index behind the valid JSON value that starts at i.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	for i < len(b) && bytes.IndexByte([]byte(",}] \t\r\n"), b[i]) < 0 {
		i++
	}
	return i
}

func skipNested(b []byte, i int) int {
	for depth := 0; ; {
		switch b[i] {
		case '"':
			i = skipString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		i++
		if depth == 0 {
			return i
		}
	}
}

func skipString(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func unquote(raw []byte) string {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	var s string
	_ = json.Unmarshal(raw, &s) // raw is a valid JSON string
	return s
}

// Get returns the value of key and whether it is there.
func (f *Fields) Get(key string) (json.RawMessage, bool) {
	for i := range f.list {
		if f.list[i].key == key {
			return f.list[i].value, true
		}
	}
	return nil, false
}

// Has reports whether key is there.
func (f *Fields) Has(key string) bool {
	_, ok := f.Get(key)
	return ok
}

// Set gives key a value, in its place if it is there and last if not.
func (f *Fields) Set(key string, value json.RawMessage) {
	for i := range f.list {
		if f.list[i].key == key {
			f.list[i].value = value
			return
		}
	}
	f.list = append(f.list, field{key, value})
}

// SetString is Set with a string.
func (f *Fields) SetString(key, value string) { f.Set(key, Quote(value)) }

// Default gives key a value unless it is there.
func (f *Fields) Default(key, raw string) {
	if !f.Has(key) {
		f.Set(key, json.RawMessage(raw))
	}
}

// Delete takes key away.
func (f *Fields) Delete(key string) {
	f.list = slices.DeleteFunc(f.list, func(x field) bool { return x.key == key })
}

// Keys returns the keys in order.
func (f *Fields) Keys() []string {
	keys := make([]string, len(f.list))
	for i := range f.list {
		keys[i] = f.list[i].key
	}
	return keys
}

// Bytes returns the object as JSON.
func (f *Fields) Bytes() []byte {
	size := 2
	for i := range f.list {
		size += len(f.list[i].key) + len(f.list[i].value) + 4
	}
	out := append(make([]byte, 0, size), '{')
	for i := range f.list {
		if i > 0 {
			out = append(out, ',')
		}
		out = AppendQuoted(out, f.list[i].key)
		out = append(out, ':')
		out = append(out, f.list[i].value...)
	}
	return append(out, '}')
}

// String returns the string at key. ok is false when key is absent or holds
// something else.
func (f *Fields) String(key string) (s string, ok bool) {
	raw, ok := f.Get(key)
	if !ok || raw[0] != '"' {
		return "", false
	}
	return unquote(raw), true
}

// Bool returns the boolean at key; absent is false. The error is InvalidField.
func (f *Fields) Bool(key string) (bool, error) {
	raw, ok := f.Get(key)
	switch {
	case !ok, string(raw) == "false":
		return false, nil
	case string(raw) == "true":
		return true, nil
	}
	return false, InvalidField(key)
}

// Quote returns s as a JSON string without HTML escapes.
func Quote(s string) json.RawMessage { return AppendQuoted(nil, s) }

// AppendQuoted appends s as a JSON string without HTML escapes.
func AppendQuoted(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			return append(dst, quoteAny(s)...)
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

func quoteAny(s string) []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always encodes
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// IsObject reports whether a valid JSON value is an object.
func IsObject(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '{' }

// IsArray reports whether a valid JSON value is an array.
func IsArray(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '[' }

// IsString reports whether a valid JSON value is a string.
func IsString(raw json.RawMessage) bool { return len(raw) > 0 && raw[0] == '"' }

// StringLists goes over the keys in order with the array of strings at each; an
// empty array is an empty list, anything else nil.
func (f *Fields) StringLists() iter.Seq2[string, []string] {
	return func(yield func(string, []string) bool) {
		for i := range f.list {
			list, _ := stringList(f.list[i].value)
			if !yield(f.list[i].key, list) {
				return
			}
		}
	}
}
