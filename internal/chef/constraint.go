package chef

import (
	"errors"
	"strings"
)

// Constraint is a condition on the version of a cookbook: an operator and a
// version, which keeps the number of parts that it was written with. The zero
// value matches every version and prints as ">= 0.0.0", which is how Chef
// spells the absence of a constraint.
type Constraint struct {
	op      operator
	parts   int8 // as written, 1 to 3; 0 in the zero value, printed as 3
	version Version
}

type operator int8

const (
	opGreaterEqual operator = iota
	opGreater
	opLess
	opLessEqual
	opPessimistic
	opEqual
)

// operators is in the order of the constants.
var operators = [...]string{">=", ">", "<", "<=", "~>", "="}

var errConstraint = errors.New("constraint is not a version, optionally after one of < > <= >= ~> = and one space")

// ParseConstraint reads `OP VERSION` with exactly one space, OP one of
// < > <= >= ~> =, or a bare VERSION, which means = VERSION.
func ParseConstraint(s string) (Constraint, error) {
	c := Constraint{op: opEqual}
	text := s
	if name, rest, ok := strings.Cut(s, " "); ok {
		if c.op, ok = operatorNamed(name); !ok {
			return Constraint{}, errConstraint
		}
		text = rest
	}
	version, parts, err := parseVersion(text)
	if err != nil {
		return Constraint{}, errConstraint
	}
	c.version, c.parts = version, int8(parts)
	return c, nil
}

func operatorNamed(name string) (operator, bool) {
	for i, known := range operators {
		if name == known {
			return operator(i), true
		}
	}
	return 0, false
}

// ExactConstraint is matched by v alone.
func ExactConstraint(v Version) Constraint {
	return Constraint{op: opEqual, parts: 3, version: v}
}

// Match reports whether v satisfies c. "~> 1.2.3" holds the major and minor
// part and wants at least the patch; "~> 1.2" and "~> 1" hold the major part
// and want at least the minor.
func (c Constraint) Match(v Version) bool { return c.Side(v) == 0 }

// Side is 0 when v satisfies c, negative when v is too old and positive when it
// is too new: what satisfies a constraint is one range, so that it can be found
// in a sorted list by binary search.
func (c Constraint) Side(v Version) int {
	order := v.Compare(c.version)
	switch c.op {
	case opGreaterEqual:
		return min(order, 0)
	case opGreater:
		if order <= 0 {
			return -1
		}
		return 0
	case opLess:
		if order >= 0 {
			return 1
		}
		return 0
	case opLessEqual:
		return max(order, 0)
	case opPessimistic:
		sameMinor := c.parts < 3 || v.Minor == c.version.Minor
		if order > 0 && v.Major == c.version.Major && sameMinor {
			return 0
		}
		return order
	default:
		return order
	}
}

// Padded prints all three parts of the version, the form of the dependency
// solver's messages. It is not for parsing again: "~> 1.2" and "~> 1.2.0" match
// differently.
func (c Constraint) Padded() string { return c.print(3) }

// String prints the operator, always, and the version with as many parts as
// were given.
func (c Constraint) String() string {
	if c.parts == 0 {
		return c.print(3)
	}
	return c.print(int(c.parts))
}

func (c Constraint) print(parts int) string {
	b := append(make([]byte, 0, 24), operators[c.op]...)
	return string(c.version.appendParts(append(b, ' '), parts))
}
