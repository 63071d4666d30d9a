package rb

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// MarshalJSON writes a symbol as the string that it is.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.Kind {
	case Bool:
		return json.Marshal(v.Bool)
	case Int:
		return json.Marshal(v.Int)
	case Float:
		return json.Marshal(v.Float)
	case String, Symbol:
		return json.Marshal(v.Text)
	case Array:
		return json.Marshal(v.List)
	case Object:
		return v.Hash.MarshalJSON()
	case Nil:
	}
	return []byte("null"), nil
}

// MarshalJSON writes the keys in order.
func (h *Hash) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for key, v := range h.All() {
		name, err := json.Marshal(key)
		if err != nil {
			return nil, fmt.Errorf("write key: %w", err)
		}
		value, err := v.MarshalJSON()
		if err != nil {
			return nil, fmt.Errorf("write value: %w", err)
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
