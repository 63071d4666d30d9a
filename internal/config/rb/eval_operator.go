package rb

import (
	"cmp"
	"math"
	"slices"
)

func (n *unaryNode) eval(m *machine) (Value, *Error) {
	v, err := n.x.eval(m)
	if err != nil || n.op == "!" {
		return boolean(!v.Truthy()), err
	}
	switch {
	case v.is(Int) && n.op == "-":
		return integer(-v.Int), nil // the least integer is no literal
	case v.is(Float) && n.op == "-":
		return float(-v.Float), nil
	case v.is(Int) || v.is(Float):
		return v, nil
	}
	return v, wrong(n.line, "", "%s has no sign", v.Kind)
}

func (n *binaryNode) eval(m *machine) (Value, *Error) {
	l, err := n.l.eval(m)
	if err != nil || n.op == "||" && l.Truthy() || n.op == "&&" && !l.Truthy() {
		return l, err
	}
	r, err := n.r.eval(m)
	if err != nil || n.op == "||" || n.op == "&&" {
		return r, err
	}
	return m.operate(n.op, l, r, n.line)
}

// operate computes an operator that needs both sides.
func (m *machine) operate(op string, l, r Value, line int) (Value, *Error) {
	if err := m.look(line, l, r); err != nil {
		return Value{}, err
	}
	switch {
	case op == "==":
		return boolean(equal(l, r)), nil
	case op == "!=":
		return boolean(!equal(l, r)), nil
	case op == "+" && l.is(String) && r.is(String):
		if len(l.Text)+len(r.Text) > maxString {
			return Value{}, wrong(line, "Write the value itself.", "strings grow too large")
		}
		s := l.Text + r.Text
		return text(s), m.made(s, line)
	case op == "+" && l.is(Array) && r.is(Array):
		return list(slices.Concat(l.List, r.List)), m.grow(len(l.List)+len(r.List), line)
	case l.is(Int) && r.is(Int):
		return arithmetic(op, l.Int, r.Int, line)
	case l.is(String) && r.is(String):
		return compare(op, cmp.Compare(l.Text, r.Text), l, r, line)
	}
	a, okA := number(l)
	b, okB := number(r)
	if okA && okB {
		return floats(op, a, b, l, r, line)
	}
	return Value{}, mismatch(op, l, r, line)
}

func mismatch(op string, l, r Value, line int) *Error {
	advice := ""
	if op == "+" && l.is(String) {
		advice = `Write the value into the string: "…#{value}".`
	}
	return wrong(line, advice, "%s %s %s cannot be computed", l.Kind, op, r.Kind)
}

func number(v Value) (float64, bool) {
	if v.is(Int) {
		return float64(v.Int), true
	}
	return v.Float, v.is(Float)
}

func compare(op string, order int, l, r Value, line int) (Value, *Error) {
	switch op {
	case "<":
		return boolean(order < 0), nil
	case ">":
		return boolean(order > 0), nil
	case "<=":
		return boolean(order <= 0), nil
	case ">=":
		return boolean(order >= 0), nil
	}
	return Value{}, mismatch(op, l, r, line)
}

func floats(op string, a, b float64, l, r Value, line int) (Value, *Error) {
	var f float64
	switch op {
	case "+":
		f = a + b
	case "-":
		f = a - b
	case "*":
		f = a * b
	case "/":
		f = a / b
	default:
		return compare(op, cmp.Compare(a, b), l, r, line)
	}
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return Value{}, wrong(line, "Write the value itself.", "the result is no number")
	}
	return float(f), nil
}

// arithmetic is that of Ruby, whose division rounds down.
func arithmetic(op string, a, b int64, line int) (Value, *Error) {
	var n int64
	fits := true
	switch op {
	case "+":
		n = a + b
		fits = (n > a) == (b > 0)
	case "-":
		n = a - b
		fits = (n < a) == (b > 0)
	case "*":
		n = a * b
		fits = a == 0 || n/a == b && (a != -1 || b != math.MinInt64)
	case "**":
		n, fits = power(a, b)
	case "/", "%":
		if b == 0 {
			return Value{}, wrong(line, "", "a number is divided by 0")
		}
		if a == math.MinInt64 {
			fits = false
			break
		}
		n = floorDivide(a, b)
		if op == "%" {
			n = a - n*b
		}
	default:
		return compare(op, cmp.Compare(a, b), integer(a), integer(b), line)
	}
	if !fits {
		return Value{}, wrong(line, "Write the value itself.", "the number grows too large")
	}
	return integer(n), nil
}

// power reports false for what no integer can hold.
func power(a, b int64) (int64, bool) {
	switch {
	case b < 0 || b > 64 && (a > 1 || a < -1):
		return 0, false
	case a == 0 && b > 0:
		return 0, true
	case a == 1 || a == -1:
		b %= 2 // they come round
	}
	n := int64(1)
	for range b {
		next := n * a
		if next/a != n {
			return 0, false
		}
		n = next
	}
	return n, true
}

func floorDivide(a, b int64) int64 {
	n := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		n--
	}
	return n
}
