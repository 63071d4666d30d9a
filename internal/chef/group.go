package chef

// ParseGroup returns the name of the group to create. Member lists are ignored
// here, as Chef's server ignores them.
func ParseGroup(body []byte) (string, error) {
	f, err := ParseFields(body)
	if err != nil {
		return "", err
	}
	name, err := groupName(f)
	if err == nil && name == "" {
		return "", MissingField("groupname")
	}
	return name, err
}

// groupName returns the name under "id" or, without one, "groupname".
func groupName(f *Fields) (string, error) {
	for _, key := range []string{"id", "groupname"} {
		raw, ok := f.Get(key)
		if !ok {
			continue
		}
		if !IsString(raw) {
			return "", InvalidField(key)
		}
		return unquote(raw), CheckGroupName(unquote(raw))
	}
	return "", nil
}

// GroupUpdate is what becomes of a group. A nil list leaves the members of
// that kind as they are.
type GroupUpdate struct {
	Name    string // empty keeps the name
	Clients []string
	Users   []string
	Groups  []string

	// Echo is the body as it was sent, which is the answer.
	Echo []byte
}

// ParseGroupUpdate validates a change of a group. An "id" is validated but
// renames nothing.
func ParseGroupUpdate(body []byte) (*GroupUpdate, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	if _, err := groupName(f); err != nil {
		return nil, err
	}
	u := &GroupUpdate{Echo: f.Bytes()}
	if raw, ok := f.Get("groupname"); ok {
		if !IsString(raw) {
			return nil, InvalidField("groupname")
		}
		u.Name = unquote(raw)
		if err := CheckGroupName(u.Name); err != nil {
			return nil, err
		}
	}
	raw, ok := f.Get("actors")
	if !ok || !IsObject(raw) {
		return u, nil
	}
	return u, u.parseMembers(splitObject(raw))
}

func (u *GroupUpdate) parseMembers(f *Fields) error {
	for _, m := range []struct {
		key  string
		list *[]string
	}{{"clients", &u.Clients}, {"users", &u.Users}, {"groups", &u.Groups}} {
		raw, ok := f.Get(m.key)
		if !ok {
			continue
		}
		names, ok := stringList(raw)
		if !ok {
			return InvalidField(m.key)
		}
		*m.list = names
	}
	return nil
}
