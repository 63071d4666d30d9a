package rb

// machine is one evaluation.
type machine struct {
	env         *Env
	settings    *Hash
	locals      *Hash
	calls       []Call
	environment map[string]string
	bytes       int // of the strings made so far
	cells       int // of the arrays and hashes made so far
	looked      int // at bytes and elements
}

// made counts a string that was made.
func (m *machine) made(s string, line int) *Error {
	m.bytes += len(s)
	if len(s) > maxString || m.bytes > maxBytes {
		return wrong(line, "Write the value itself.", "strings grow too large")
	}
	return nil
}

func (m *machine) grow(n, line int) *Error {
	m.cells += n
	if m.cells > maxCells {
		return wrong(line, "Write the value itself.", "arrays and hashes grow too large")
	}
	return nil
}

// look counts what is looked at to compare values or to ask them something.
func (m *machine) look(line int, values ...Value) *Error {
	for _, v := range values {
		m.looked += len(v.Text) + len(v.List)
	}
	if m.looked > maxWork {
		return wrong(line, "Write the value itself.", "there is too much to compute")
	}
	return nil
}

// copied returns a value that shares nothing with v and says where it was set.
// What is assigned is copied: no later line can change it, or make a ring.
func (m *machine) copied(v Value, line int) (Value, *Error) {
	v.Line = line
	if err := m.grow(1, line); err != nil {
		return v, err
	}
	switch v.Kind {
	case Array:
		items := make([]Value, 0, len(v.List))
		for _, item := range v.List {
			item, err := m.copied(item, line)
			if err != nil {
				return v, err
			}
			items = append(items, item)
		}
		v.List = items
	case Object:
		hash := NewHash()
		for key, item := range v.Hash.All() {
			item, err := m.copied(item, line)
			if err != nil {
				return v, err
			}
			hash.Set(key, item)
		}
		v.Hash = hash
	case Nil, Bool, Int, Float, String, Symbol:
	}
	return v, nil
}

// named returns a setting or the hash of a namespace; unset it is nil or
// empty.
func (m *machine) named(word string) Value {
	if v, ok := m.settings.Get(word); ok {
		return v
	}
	if m.env.Words[word] == NamespaceWord {
		return object(NewHash())
	}
	return Value{}
}

// servers is what PrivateChef['servers'] is: the calls of server by name.
func (m *machine) servers(line int) (Value, *Error) {
	h := NewHash()
	for _, c := range m.calls {
		if c.Word == "server" && len(c.Args) == 2 && c.Args[0].isText() {
			h.Set(c.Args[0].Text, c.Args[1])
		}
	}
	return object(h), m.grow(len(m.calls), line)
}
