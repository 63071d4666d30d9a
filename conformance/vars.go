package conformance

import (
	"maps"
	"slices"
	"strings"
)

// vars replaces $name in what a test writes: names and URLs are random, and
// the tests should still read like the API's documentation.
type vars struct {
	values   map[string]string
	replacer *strings.Replacer
}

func newVars() *vars { return &vars{values: map[string]string{}} }

func (v *vars) copy() *vars { return &vars{values: maps.Clone(v.values)} }

func (v *vars) set(name, value string) {
	v.values[name] = value
	// A replacer prefers its earlier pairs: longer names go first, so that
	// $orgs is not taken for $org.
	names := slices.SortedFunc(maps.Keys(v.values), func(a, b string) int { return strings.Compare(b, a) })
	pairs := make([]string, 0, 2*len(names))
	for _, n := range names {
		pairs = append(pairs, "$"+n, v.values[n])
	}
	v.replacer = strings.NewReplacer(pairs...)
}

func (v *vars) expand(s string) string {
	if v.replacer == nil || !strings.Contains(s, "$") {
		return s
	}
	return v.replacer.Replace(s)
}
