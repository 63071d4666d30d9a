package rb

func (n bodyNode) eval(m *machine) (Value, *Error) {
	var last Value
	for _, statement := range n {
		var err *Error
		if last, err = statement.eval(m); err != nil {
			return last, err
		}
	}
	return last, nil
}

func (n *chooseNode) eval(m *machine) (Value, *Error) {
	for _, c := range n.clauses {
		v, err := c.condition.eval(m)
		if err != nil {
			return v, err
		}
		if v.Truthy() {
			return c.then.eval(m)
		}
	}
	if n.rest == nil {
		return Value{}, nil
	}
	return n.rest.eval(m)
}

func (n *caseNode) eval(m *machine) (Value, *Error) {
	subject, err := n.subject.eval(m)
	if err != nil {
		return subject, err
	}
	for _, w := range n.whens {
		values, err := m.all(w.any)
		if err == nil {
			err = m.look(n.line, append(values, subject)...)
		}
		if err != nil {
			return Value{}, err
		}
		for _, v := range values {
			if equal(subject, v) {
				return w.then.eval(m)
			}
		}
	}
	if n.rest == nil {
		return Value{}, nil
	}
	return n.rest.eval(m)
}

func (n *settingNode) eval(m *machine) (Value, *Error) {
	args, err := m.all(n.args)
	if err != nil {
		return Value{}, err
	}
	for i, arg := range args {
		if args[i], err = m.copied(arg, n.line); err != nil {
			return arg, err
		}
	}
	kind := m.env.Words[n.word]
	switch {
	case kind == CallWord:
		m.calls = append(m.calls, Call{Word: n.word, Args: args, Line: n.line})
		return Value{}, nil
	case len(args) != 1:
		return Value{}, wrong(n.line, "Write `"+n.word+" value`; several values are an array: [a, b].", "%s takes one value, not %d", n.word, len(args))
	case kind == NamespaceWord && !args[0].is(Object):
		return Value{}, wrong(n.line, "Write `"+n.word+"['key'] = value`.", "%s is a group of settings, not one", n.word)
	}
	m.settings.Set(n.word, args[0])
	return args[0], nil
}

// eval gives a variable, a setting or an element of one its value.
func (n *assignNode) eval(m *machine) (Value, *Error) {
	path, home, err := n.path(m)
	if err != nil {
		return Value{}, err
	}
	holder, err := m.holder(home, path, n.line)
	if err != nil {
		return Value{}, err
	}
	key := path[len(path)-1]
	old, _ := holder.Get(key)
	if n.op == "||=" && old.Truthy() || n.op == "&&=" && !old.Truthy() {
		return old, nil
	}
	v, err := n.value.eval(m)
	if err != nil {
		return v, err
	}
	switch n.op {
	case "=", "||=", "&&=":
	case "+=", "-=", "*=", "/=":
		if v, err = m.operate(n.op[:1], old, v, n.line); err != nil {
			return v, err
		}
	default:
		return v, wrong(n.line, "Write `name = value`.", "%s is not evaluated", n.op)
	}
	if v, err = m.copied(v, n.line); err != nil {
		return v, err
	}
	holder.Set(key, v)
	return v, nil
}

// path returns the keys from a hash of the machine to what is assigned to.
func (n *assignNode) path(m *machine) ([]string, *Hash, *Error) {
	var path []string
	home := m.locals
	if name, ok := n.root.(*nameNode); ok {
		path = append(path, name.name)
		_, local := m.locals.Get(name.name)
		switch kind := m.env.Words[name.name]; {
		case local, len(n.keys) == 0:
		case kind == NamespaceWord:
			home = m.settings
		case kind == NoWord:
			return nil, nil, wrong(n.line, m.env.didYouMean(name.name), "%s is neither a group of settings nor a variable that was set", name.name)
		default:
			return nil, nil, wrong(n.line, "Write `"+name.name+" value`.", "%s is one setting, not a group", name.name)
		}
	} else {
		home = m.settings
	}
	for _, k := range n.keys {
		v, err := k.eval(m)
		if err != nil {
			return nil, nil, err
		}
		key, err := keyOf(v, n.line)
		if err != nil {
			return nil, nil, err
		}
		path = append(path, key)
	}
	if _, ok := n.root.(*rootNode); ok {
		kind := m.env.Words[path[0]]
		if kind != NamespaceWord && (kind != SettingWord || len(path) > 1) {
			return nil, nil, wrong(n.line, m.env.didYouMean(path[0]), "%s is no setting that can be given a value here", path[0])
		}
	}
	return path, home, nil
}

// holder finds the hash that the last key of a path is set in, and makes those
// on the way that are not there yet.
func (m *machine) holder(h *Hash, path []string, line int) (*Hash, *Error) {
	for _, key := range path[:len(path)-1] {
		v, _ := h.Get(key)
		switch v.Kind {
		case Object:
		case Nil:
			if err := m.grow(1, line); err != nil {
				return nil, err
			}
			v = object(NewHash())
			v.Line = line
			h.Set(key, v)
		case Bool, Int, Float, String, Symbol, Array:
			return nil, wrong(line, "Set it once: as one value, or key by key.", "%s is %s and has no keys that can be set", key, v.Kind)
		}
		h = v.Hash
	}
	return h, nil
}
