package chef

import (
	"cmp"
	"errors"
	"math"
	"strconv"
)

// Version is a cookbook version. The zero value is 0.0.0, the lowest.
type Version struct{ Major, Minor, Patch int64 }

var errVersion = errors.New("version is not one to three non-negative 64-bit integers separated by dots")

// ParseVersion reads one to three dot-separated decimal integers, each at most
// math.MaxInt64; missing ones are 0 and leading zeros do not count.
func ParseVersion(s string) (Version, error) {
	v, _, err := parseVersion(s)
	return v, err
}

// parseVersion also says how many parts were written, which decides what ~>
// means and how a constraint is printed.
func parseVersion(s string) (Version, int, error) {
	var parts [3]int64
	n, digits := 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case c == '.' && digits > 0 && n < 2:
			n, digits = n+1, 0
		case c >= '0' && c <= '9':
			d := int64(c - '0')
			if parts[n] > (math.MaxInt64-d)/10 {
				return Version{}, 0, errVersion
			}
			parts[n] = parts[n]*10 + d
			digits++
		default:
			return Version{}, 0, errVersion
		}
	}
	if digits == 0 {
		return Version{}, 0, errVersion
	}
	return Version{parts[0], parts[1], parts[2]}, n + 1, nil
}

// String always prints three parts.
func (v Version) String() string { return string(v.appendParts(nil, 3)) }

func (v Version) appendParts(b []byte, n int) []byte {
	parts := [...]int64{v.Major, v.Minor, v.Patch}
	for i, part := range parts[:n] {
		if i > 0 {
			b = append(b, '.')
		}
		b = strconv.AppendInt(b, part, 10)
	}
	return b
}

// Compare is negative when v is older than o, positive when it is newer.
func (v Version) Compare(o Version) int {
	return cmp.Or(cmp.Compare(v.Major, o.Major), cmp.Compare(v.Minor, o.Minor), cmp.Compare(v.Patch, o.Patch))
}
