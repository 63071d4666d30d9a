package rb

import "strconv"

// Kind tells what a Value is.
type Kind int

// The kinds of values.
const (
	Nil Kind = iota
	Bool
	Int
	Float
	String
	Symbol
	Array
	Object // a hash
)

func (k Kind) String() string {
	return [...]string{"nil", "true or false", "an integer", "a float", "a string", "a symbol", "an array", "a hash"}[k]
}

// Value is a value of the file. Only the field of its kind means anything.
type Value struct {
	Kind  Kind
	Text  string // String and Symbol
	Int   int64
	Float float64
	Bool  bool
	List  []Value // Array
	Hash  *Hash   // Object

	// Line is where a setting was given this value.
	Line int
}

// Truthy is Ruby's truth: all but nil and false.
func (v Value) Truthy() bool { return v.Kind != Nil && (v.Kind != Bool || v.Bool) }

// isText tells whether Text is what the value says.
func (v Value) isText() bool { return v.Kind == String || v.Kind == Symbol }

// scalar is what the value says in a string; false for arrays and hashes,
// whose text in Ruby is of no use in a setting.
func (v Value) scalar() (string, bool) {
	switch v.Kind {
	case String, Symbol:
		return v.Text, true
	case Int:
		return strconv.FormatInt(v.Int, 10), true
	case Float:
		return strconv.FormatFloat(v.Float, 'g', -1, 64), true
	case Bool:
		return strconv.FormatBool(v.Bool), true
	case Nil:
		return "", true
	case Array, Object:
	}
	return "", false
}

func text(s string) Value      { return Value{Kind: String, Text: s} }
func integer(n int64) Value    { return Value{Kind: Int, Int: n} }
func boolean(b bool) Value     { return Value{Kind: Bool, Bool: b} }
func list(l []Value) Value     { return Value{Kind: Array, List: l} }
func object(h *Hash) Value     { return Value{Kind: Object, Hash: h} }
func float(f float64) Value    { return Value{Kind: Float, Float: f} }
func symbol(s string) Value    { return Value{Kind: Symbol, Text: s} }
func (v Value) is(k Kind) bool { return v.Kind == k }

// equal is Ruby's ==, but for strings and symbols, which are the same to
// whoever reads a setting.
func equal(a, b Value) bool {
	switch {
	case a.isText() && b.isText():
		return a.Text == b.Text
	case a.Kind == Int && b.Kind == Float:
		return float64(a.Int) == b.Float
	case a.Kind == Float && b.Kind == Int:
		return a.Float == float64(b.Int)
	case a.Kind != b.Kind:
		return false
	}
	switch a.Kind {
	case Bool:
		return a.Bool == b.Bool
	case Int:
		return a.Int == b.Int
	case Float:
		return a.Float == b.Float
	case Nil:
		return true
	case String, Symbol, Array, Object:
	}
	return false
}
