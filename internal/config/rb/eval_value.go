package rb

import "strings"

func (n *literal) eval(*machine) (Value, *Error) { return n.value, nil }

func (n *stringNode) eval(m *machine) (Value, *Error) {
	var b strings.Builder
	for _, part := range n.parts {
		s := part.text
		if part.code != nil {
			v, err := part.code.eval(m)
			if err != nil {
				return v, err
			}
			var ok bool
			if s, ok = v.scalar(); !ok {
				return v, wrong(n.line, "Use .join(' ') on an array, or one of its elements.", "%s cannot stand within a string", v.Kind)
			}
		}
		b.WriteString(s)
		if b.Len() > maxString {
			return Value{}, m.made(b.String(), n.line)
		}
	}
	return Value{Kind: n.kind, Text: b.String()}, m.made(b.String(), n.line)
}

func (n *arrayNode) eval(m *machine) (Value, *Error) {
	items, err := m.all(n.items)
	if err != nil {
		return Value{}, err
	}
	return list(items), m.grow(len(items), n.line)
}

func (m *machine) all(nodes []node) ([]Value, *Error) {
	values := make([]Value, 0, len(nodes))
	for _, n := range nodes {
		v, err := n.eval(m)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

func (n *hashNode) eval(m *machine) (Value, *Error) {
	h := NewHash()
	for _, pair := range n.pairs {
		k, err := pair.key.eval(m)
		if err != nil {
			return k, err
		}
		key, err := keyOf(k, n.line)
		if err != nil {
			return k, err
		}
		v, err := pair.value.eval(m)
		if err != nil {
			return v, err
		}
		h.Set(key, v)
	}
	return object(h), m.grow(h.Len(), n.line)
}

// keyOf is the key of a hash that a value is.
func keyOf(v Value, line int) (string, *Error) {
	if v.isText() || v.is(Int) {
		key, _ := v.scalar()
		return key, nil
	}
	return "", wrong(line, "Write 'key' or :key.", "%s cannot be the key of a hash", v.Kind)
}

func (n *nameNode) eval(m *machine) (Value, *Error) {
	if v, ok := m.locals.Get(n.name); ok {
		return v, nil
	}
	switch m.env.Words[n.name] {
	case SettingWord, NamespaceWord:
		return m.named(n.name), nil
	case CallWord:
		return Value{}, wrong(n.line, "Write `"+n.name+" 'name', key: value`.", "%s needs a name and options", n.name)
	case NoWord:
	}
	return Value{}, wrong(n.line, m.env.didYouMean(n.name), "%s is neither a setting nor a variable that was set", n.name)
}

func (n *rootNode) eval(*machine) (Value, *Error) {
	return Value{}, wrong(n.line, "Name one: PrivateChef['postgresql'].", "all settings cannot be used as a value")
}

func (n *envNode) eval(*machine) (Value, *Error) {
	return Value{}, wrong(n.line, "Name a variable: ENV['NAME'].", "ENV cannot be used as a value")
}

func (n *hostNode) eval(*machine) (Value, *Error) {
	return Value{}, wrong(n.line, "Name an attribute: node['fqdn'].", "node cannot be used as a value")
}

// eval takes the element of an array or a hash.
func (n *indexNode) eval(m *machine) (Value, *Error) {
	k, err := n.key.eval(m)
	if err != nil {
		return k, err
	}
	switch n.target.(type) {
	case *envNode:
		return m.getenv(k, n.line)
	case *hostNode:
		return m.host(k, n.line)
	case *rootNode:
		return m.root(k, n.line)
	}
	target, err := n.target.eval(m)
	if err != nil {
		return target, err
	}
	return element(target, k, n.line)
}

func element(target, key Value, line int) (Value, *Error) {
	switch {
	case target.is(Object):
		k, err := keyOf(key, line)
		v, _ := target.Hash.Get(k)
		return v, err
	case target.is(Array) && key.is(Int):
		at := key.Int
		if at < 0 {
			at += int64(len(target.List))
		}
		if at < 0 || at >= int64(len(target.List)) {
			return Value{}, nil
		}
		return target.List[at], nil
	}
	return Value{}, wrong(line, "Check what it is on the lines above.", "%s has no element [%s]", target.Kind, keyText(key))
}

func keyText(v Value) string {
	s, _ := v.scalar()
	if v.is(String) {
		return "'" + s + "'"
	}
	return s
}

func (m *machine) getenv(k Value, line int) (Value, *Error) {
	if !k.is(String) {
		return Value{}, wrong(line, "Write ENV['NAME'].", "the name of a variable of the environment is a string")
	}
	if s, ok := m.env.Getenv(k.Text); ok {
		m.environment[k.Text] = s
		return text(s), m.made(s, line)
	}
	return Value{}, nil
}

func (m *machine) host(k Value, line int) (Value, *Error) {
	if s, ok := m.env.Host[k.Text]; ok && k.isText() {
		return text(s), nil
	}
	return Value{}, wrong(line, "node['fqdn'], node['hostname'] and node['domain'] are known; write anything else itself.",
		"node[%s] is not known", keyText(k))
}

// root takes a setting by its name.
func (m *machine) root(k Value, line int) (Value, *Error) {
	switch {
	case !k.isText():
	case k.Text == "servers":
		return m.servers(line)
	case m.env.Words[k.Text] == SettingWord || m.env.Words[k.Text] == NamespaceWord:
		return m.named(k.Text), nil
	}
	return Value{}, wrong(line, m.env.didYouMean(k.Text), "%s is no setting", keyText(k))
}
