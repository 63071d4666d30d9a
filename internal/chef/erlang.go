package chef

import "strings"

// erlangTerm spells a JSON value as Chef's server prints it inside error
// messages: strings bare at the top, <<"binaries">> within, objects as
// {[{<<"key">>,Value}]}. Clients and Chef's acceptance suite compare these.
//
// It goes over the value once: strangers send values that are ten thousand
// levels deep, and reading each level anew would cost hours and gigabytes.
func erlangTerm(raw []byte) string {
	if IsString(raw) {
		return unquote(raw)
	}
	var t termWriter
	for i := 0; i < len(raw); {
		end := i + 1
		switch c := raw[i]; {
		case c == '"':
			end = skipString(raw, i)
		case strings.IndexByte("{}[],: \t\r\n", c) < 0:
			end = skipValue(raw, i)
		}
		t.add(raw[i:end])
		i = end
	}
	return t.text.String()
}

// termWriter spells a JSON value token by token.
type termWriter struct {
	text strings.Builder
	open []byte // the brackets around what is next, innermost last
	last byte   // what the last token that is no blank begins with
}

func (t *termWriter) add(token []byte) {
	inObject := len(t.open) > 0 && t.open[len(t.open)-1] == '{'
	switch token[0] {
	case ' ', '\t', '\r', '\n':
		return
	case '"':
		if inObject && t.last != ':' {
			t.text.WriteByte('{')
		}
		t.text.WriteString(`<<"` + unquote(token) + `">>`)
	case '{', '[':
		t.open = append(t.open, token[0])
		t.text.WriteString(strings.ReplaceAll(string(token), "{", "{["))
	case '}', ']':
		t.open = t.open[:len(t.open)-1]
		if inObject && t.last != '{' {
			t.text.WriteByte('}')
		}
		t.text.WriteString(strings.ReplaceAll(string(token), "}", "]}"))
	case ',':
		if inObject {
			t.text.WriteByte('}')
		}
		t.text.WriteByte(',')
	case ':':
		t.text.WriteByte(',')
	default:
		t.text.Write(token)
	}
	t.last = token[0]
}
