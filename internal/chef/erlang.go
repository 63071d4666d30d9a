package chef

import (
	"bytes"
	"encoding/json"
	"strings"
)

// erlangTerm spells a JSON value as Chef's server prints it inside error
// messages: strings bare at the top, <<"binaries">> within, objects as
// {[{<<"key">>,Value}]}. Clients and Chef's acceptance suite compare these.
func erlangTerm(raw []byte) string {
	if IsString(raw) {
		return unquote(raw)
	}
	var b strings.Builder
	writeTerm(&b, raw)
	return b.String()
}

func writeTerm(b *strings.Builder, raw []byte) {
	switch raw[0] {
	case '"':
		b.WriteString(`<<"` + unquote(raw) + `">>`)
	case '[':
		var items []json.RawMessage
		_ = json.Unmarshal(raw, &items) // the body was valid
		b.WriteByte('[')
		for i, item := range items {
			if i > 0 {
				b.WriteByte(',')
			}
			writeTerm(b, item)
		}
		b.WriteByte(']')
	case '{':
		b.WriteString("{[")
		for i, f := range splitObject(raw).list {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(`{<<"` + f.key + `">>,`)
			writeTerm(b, f.value)
			b.WriteByte('}')
		}
		b.WriteString("]}")
	default:
		b.Write(bytes.TrimSpace(raw))
	}
}
