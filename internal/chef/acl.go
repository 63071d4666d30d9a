package chef

import (
	"encoding/json"
	"strings"
)

// ACEUpdate says who is to hold one permission, by name. Groups may be scoped:
// "org::group", or "::group" for a global one.
type ACEUpdate struct {
	// Actors are clients or users, whichever exists; used when Granular is
	// false.
	Actors []string

	// Users and Clients tell the two apart; used when Granular is true.
	Granular bool
	Users    []string
	Clients  []string

	Groups []string
}

// ParseACEUpdate validates the body that replaces the ACE called perm.
func ParseACEUpdate(body []byte, perm string) (*ACEUpdate, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	for _, key := range f.Keys() {
		if key != perm {
			return nil, InvalidKey(key)
		}
	}
	raw, ok := f.Get(perm)
	if !ok || !IsObject(raw) {
		return nil, MissingField(perm)
	}
	return parseACE(splitObject(raw), perm)
}

func parseACE(ace *Fields, perm string) (u *ACEUpdate, err error) {
	u = &ACEUpdate{}
	if u.Actors, err = requiredNames(ace, "actors", perm); err != nil {
		return nil, err
	}
	if u.Groups, err = requiredNames(ace, "groups", perm); err != nil {
		return nil, err
	}
	if err := u.parseGranular(ace, perm); err != nil {
		return nil, err
	}
	for _, name := range u.Actors {
		if strings.Contains(name, "::") {
			return nil, Errorf(Invalid, "Scoped actor names are not allowed in this context: '%s'", name)
		}
	}
	return u, nil
}

func (u *ACEUpdate) parseGranular(ace *Fields, perm string) (err error) {
	users, clients := ace.Has("users"), ace.Has("clients")
	if !users && !clients {
		return nil
	}
	if !users || !clients {
		given, absent := "users", "clients"
		if clients {
			given, absent = absent, given
		}
		return Errorf(Invalid, "You provided '%s' with your request. Including this field also requires that you provide '%s'", given, absent)
	}
	if len(u.Actors) > 0 {
		return Errorf(Invalid, "When providing 'users' and 'clients' fields, the 'actors' field must have a value of [].")
	}
	u.Granular = true
	if u.Users, err = requiredNames(ace, "users", perm); err != nil {
		return err
	}
	u.Clients, err = requiredNames(ace, "clients", perm)
	return err
}

// requiredNames returns the list of strings at key, which must be there.
func requiredNames(f *Fields, key, perm string) ([]string, error) {
	raw, ok := f.Get(key)
	if !ok {
		return nil, MissingField(perm + "." + key)
	}
	names, ok := stringList(raw)
	if !ok {
		return nil, InvalidField(perm + "." + key)
	}
	return names, nil
}

// stringList reads a valid JSON value as an array of strings. An empty array
// is an empty list, never nil.
func stringList(raw json.RawMessage) ([]string, bool) {
	if !IsArray(raw) {
		return nil, false
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, false
	}
	out := make([]string, 0, len(items))
	for _, item := range items {
		if !IsString(item) {
			return nil, false
		}
		out = append(out, unquote(item))
	}
	return out, true
}
