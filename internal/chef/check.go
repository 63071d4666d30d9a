package chef

import (
	"encoding/json"
	"slices"
)

// checkKeys refuses keys outside allowed.
func checkKeys(f *Fields, allowed []string) error {
	for i := range f.list {
		if !slices.Contains(allowed, f.list[i].key) {
			return InvalidKey(f.list[i].key)
		}
	}
	return nil
}

// checkLiteral requires key, if there, to be exactly the string want.
func checkLiteral(f *Fields, key, want string) error {
	if raw, ok := f.Get(key); ok && (!IsString(raw) || unquote(raw) != want) {
		return InvalidField(key)
	}
	return nil
}

// checkHashes requires each key that is there to hold an object.
func checkHashes(f *Fields, keys ...string) error {
	for _, key := range keys {
		if raw, ok := f.Get(key); ok && !IsObject(raw) {
			return notAHash(key)
		}
	}
	return nil
}

// checkNamed returns the name of a thing whose URL may name it already: then
// the body must agree, and may leave the name out.
func checkNamed(f *Fields, key, url, what string) (string, error) {
	if name, ok := f.String(key); ok && url != "" && name != url {
		return "", nameMismatch(what)
	}
	return checkName(f, key, url, ValidColonName)
}

// checkName returns the string at key, which must satisfy valid. An absent
// key is an error unless fallback is set: then it is taken and written into f.
func checkName(f *Fields, key, fallback string, valid func(string) bool) (string, error) {
	raw, ok := f.Get(key)
	if !ok {
		if fallback == "" {
			return "", MissingField(key)
		}
		f.SetString(key, fallback)
		return fallback, nil
	}
	if !IsString(raw) || !valid(unquote(raw)) {
		return "", InvalidField(key)
	}
	return unquote(raw), nil
}

// optionalName is checkName for a key that may be absent and stays so.
func optionalName(f *Fields, key string, valid func(string) bool) (string, error) {
	if !f.Has(key) {
		return "", nil
	}
	return checkName(f, key, "", valid)
}

// checkRunList validates and normalizes the run list at key; absent is empty.
func checkRunList(f *Fields, key string) error {
	raw, ok := f.Get(key)
	if !ok {
		f.Set(key, json.RawMessage("[]"))
		return nil
	}
	list, err := ParseRunList(raw)
	if err != nil {
		return Errorf(Invalid, "Field '%s' is not a valid run list", key)
	}
	f.Set(key, list.Normalize().Marshal())
	return nil
}

// checkConstraints validates a map of cookbook names to version constraints.
func checkConstraints(raw json.RawMessage, field string) error {
	if !IsObject(raw) {
		return notAHash(field)
	}
	for _, pair := range splitObject(raw).list {
		if !ValidName(pair.key) {
			return invalidMapKey(pair.key, field)
		}
		if !IsString(pair.value) {
			return invalidMapValue(pair.value, field)
		}
		if _, err := ParseConstraint(unquote(pair.value)); err != nil {
			return invalidMapValue(pair.value, field)
		}
	}
	return nil
}
