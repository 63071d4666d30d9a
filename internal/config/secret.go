package config

import "encoding/json"

// Secret is a text that is never shown: not in JSON, not in logs.
type Secret string

const hidden = "[hidden]"

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString keeps it out of %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalJSON tells only whether there is one.
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// Reveal returns the text itself.
func (s Secret) Reveal() string { return string(s) }
