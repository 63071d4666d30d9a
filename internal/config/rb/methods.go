package rb

import (
	"math"
	"strconv"
	"strings"
)

// method is a method of values: what it takes, and what it does. It reports
// false for a value that it does not know.
type method struct {
	least, most int
	do          func(v Value, args []Value) (Value, bool)
}

// methods are those that are evaluated.
var methods = map[string]method{
	"to_s":        {0, 0, func(v Value, _ []Value) (Value, bool) { s, ok := v.scalar(); return text(s), ok }},
	"to_sym":      {0, 0, func(v Value, _ []Value) (Value, bool) { return symbol(v.Text), v.isText() }},
	"to_i":        {0, 0, toInteger},
	"to_f":        {0, 0, toFloat},
	"downcase":    {0, 0, onText(strings.ToLower)},
	"upcase":      {0, 0, onText(strings.ToUpper)},
	"strip":       {0, 0, onText(strings.TrimSpace)},
	"chomp":       {0, 0, onText(func(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r") })},
	"freeze":      {0, 0, func(v Value, _ []Value) (Value, bool) { return v, true }},
	"dup":         {0, 0, func(v Value, _ []Value) (Value, bool) { return v, true }},
	"nil?":        {0, 0, func(v Value, _ []Value) (Value, bool) { return boolean(v.is(Nil)), true }},
	"empty?":      {0, 0, func(v Value, _ []Value) (Value, bool) { n, ok := length(v); return boolean(n == 0), ok }},
	"size":        {0, 0, func(v Value, _ []Value) (Value, bool) { n, ok := length(v); return integer(int64(n)), ok }},
	"length":      {0, 0, func(v Value, _ []Value) (Value, bool) { n, ok := length(v); return integer(int64(n)), ok }},
	"first":       {0, 0, func(v Value, _ []Value) (Value, bool) { return at(v, 0) }},
	"last":        {0, 0, func(v Value, _ []Value) (Value, bool) { return at(v, -1) }},
	"include?":    {1, 1, includes},
	"key?":        {1, 1, hasKey},
	"has_key?":    {1, 1, hasKey},
	"start_with?": {1, 1, onTwo(strings.HasPrefix)},
	"end_with?":   {1, 1, onTwo(strings.HasSuffix)},
	"join":        {0, 1, join},
	"split":       {0, 1, split},
	"fetch":       {1, 2, nil}, // evaluated by itself: ENV.fetch
}

func (n *methodNode) eval(m *machine) (Value, *Error) {
	args, err := m.all(n.args)
	if err != nil {
		return Value{}, err
	}
	known := methods[n.name]
	if len(args) < known.least || len(args) > known.most {
		return Value{}, wrong(n.line, "", ".%s takes %d to %d values, not %d", n.name, known.least, known.most, len(args))
	}
	if n.name == "fetch" {
		return n.fetch(m, args)
	}
	if _, ok := n.target.(*envNode); ok && hasKeyName(n.name) {
		v, err := m.getenv(args[0], n.line)
		return boolean(!v.is(Nil)), err
	}
	target, err := n.target.eval(m)
	if err != nil || n.safe && target.is(Nil) {
		return target, err
	}
	if err := m.look(n.line, append(args, target)...); err != nil {
		return target, err
	}
	v, ok := known.do(target, args)
	if !ok {
		return v, wrong(n.line, "", "%s cannot do .%s", target.Kind, n.name)
	}
	if v.is(Array) {
		if err := m.grow(len(v.List), n.line); err != nil {
			return v, err
		}
	}
	return v, m.made(v.Text, n.line)
}

func hasKeyName(name string) bool { return name == "key?" || name == "has_key?" || name == "include?" }

// fetch takes an element that must be there, or the value in its place.
func (n *methodNode) fetch(m *machine, args []Value) (Value, *Error) {
	v, err := (&indexNode{target: n.target, key: &literal{args[0]}, line: n.line}).eval(m)
	switch {
	case err != nil || !v.is(Nil):
		return v, err
	case len(args) == 2:
		return args[1], nil
	}
	return v, wrong(n.line, "Set it, or give a default: .fetch("+keyText(args[0])+", default).", "%s is not set", keyText(args[0]))
}

func onText(f func(string) string) func(Value, []Value) (Value, bool) {
	return func(v Value, _ []Value) (Value, bool) { return text(f(v.Text)), v.is(String) }
}

func onTwo(f func(string, string) bool) func(Value, []Value) (Value, bool) {
	return func(v Value, args []Value) (Value, bool) {
		return boolean(f(v.Text, args[0].Text)), v.isText() && args[0].isText()
	}
}

// toInteger reads the digits that a string begins with, as Ruby does.
func toInteger(v Value, _ []Value) (Value, bool) {
	switch v.Kind {
	case Int:
		return v, true
	case Nil:
		return integer(0), true
	case Float:
		whole := math.Abs(v.Float) < math.MaxInt64
		if !whole {
			return v, false
		}
		return integer(int64(v.Float)), true
	case String:
		s := strings.TrimSpace(v.Text)
		n := 0
		for n < len(s) && (s[n] >= '0' && s[n] <= '9' || n == 0 && s[n] == '-') {
			n++
		}
		i, err := strconv.ParseInt(s[:n], 10, 64)
		return integer(i), err == nil || n == 0
	case Bool, Symbol, Array, Object:
	}
	return v, false
}

func toFloat(v Value, _ []Value) (Value, bool) {
	if f, ok := number(v); ok {
		return float(f), true
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(v.Text), 64)
	return float(f), err == nil && v.is(String) && !math.IsInf(f, 0) && !math.IsNaN(f)
}

func length(v Value) (int, bool) {
	switch v.Kind {
	case String, Symbol:
		return len([]rune(v.Text)), true
	case Array:
		return len(v.List), true
	case Object:
		return v.Hash.Len(), true
	case Nil, Bool, Int, Float:
	}
	return 0, false
}

func at(v Value, index int64) (Value, bool) {
	if !v.is(Array) {
		return v, false
	}
	item, err := element(v, integer(index), 0)
	return item, err == nil
}

func includes(v Value, args []Value) (Value, bool) {
	switch v.Kind {
	case String:
		return boolean(strings.Contains(v.Text, args[0].Text)), args[0].is(String)
	case Object:
		return hasKey(v, args)
	case Array:
		for _, item := range v.List {
			if equal(item, args[0]) {
				return boolean(true), true
			}
		}
		return boolean(false), true
	case Nil, Bool, Int, Float, Symbol:
	}
	return v, false
}

func hasKey(v Value, args []Value) (Value, bool) {
	_, has := v.Hash.Get(args[0].Text)
	return boolean(has), v.is(Object) && args[0].isText()
}

func join(v Value, args []Value) (Value, bool) {
	if !v.is(Array) {
		return v, false
	}
	separator := ""
	if len(args) == 1 {
		separator = args[0].Text
	}
	size := 0
	words := make([]string, 0, len(v.List))
	for _, item := range v.List {
		s, ok := item.scalar()
		size += len(s) + len(separator)
		if !ok || size > maxString {
			return v, false
		}
		words = append(words, s)
	}
	return text(strings.Join(words, separator)), true
}

func split(v Value, args []Value) (Value, bool) {
	if !v.is(String) || len(args) == 1 && (!args[0].is(String) || args[0].Text == "") {
		return v, false
	}
	words := strings.Fields(v.Text)
	if len(args) == 1 && args[0].Text != " " {
		words = strings.Split(v.Text, args[0].Text)
	}
	items := make([]Value, 0, len(words))
	for _, w := range words {
		items = append(items, text(w))
	}
	return list(items), true
}
