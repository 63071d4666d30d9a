package search

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"pgregory.net/rapid"
)

// The oracle expands documents to the original's text of tokens and looks for
// matches in that. It shares no code with the index.

// oracleTokens returns the tokens of an object in the original's order.
func oracleTokens(t *rapid.T, org int64, obj Object) []string {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(obj.JSON))
	dec.UseNumber()
	var doc map[string]any
	if err := dec.Decode(&doc); err != nil {
		t.Fatalf("document of the test: %v\n%s", err, obj.JSON)
	}
	doc = oracleDocument(obj, doc)
	pairs := map[[2]string]bool{
		{"X_CHEF_id_CHEF_X", fmt.Sprintf("%032x", obj.ID)}:         true,
		{"X_CHEF_database_CHEF_X", fmt.Sprintf("chef_%032x", org)}: true,
		{"X_CHEF_type_CHEF_X", obj.Type}:                           true,
	}
	oracleExpand(pairs, nil, doc)
	sorted := slices.SortedFunc(maps.Keys(pairs), func(a, b [2]string) int {
		return cmp.Or(strings.Compare(a[0], b[0]), strings.Compare(a[1], b[1]))
	})
	var text strings.Builder
	for _, p := range sorted {
		text.WriteString(p[0] + "__=__" + p[1] + " ")
	}
	return strings.FieldsFunc(text.String(), func(r rune) bool {
		// Java's Character.isWhitespace.
		switch r {
		case '\u00a0', '\u2007', '\u202f', '\u0085':
			return false
		case '\u001c', '\u001d', '\u001e', '\u001f':
			return true
		}
		return unicode.IsSpace(r)
	})
}

func oracleDocument(obj Object, doc map[string]any) map[string]any {
	switch obj.Type {
	case TypeNode:
		return oracleNode(obj.Name, doc)
	case TypeRole:
		if lists, ok := doc["env_run_lists"].(map[string]any); ok {
			delete(lists, "_default")
		}
	case TypeItem:
		doc["chef_type"] = "data_bag_item"
		doc["data_bag"] = obj.Bag
	}
	return doc
}

func oracleNode(name string, doc map[string]any) map[string]any {
	merged := make(map[string]any)
	for _, section := range []string{"default", "normal", "override", "automatic"} {
		if s, ok := doc[section].(map[string]any); ok {
			merged = oracleMerge(merged, s)
		}
	}
	list, _ := doc["run_list"].([]any)
	merged["name"], merged["chef_type"], merged["run_list"] = name, "node", list
	for _, kind := range []string{"recipe", "role"} {
		all := []any{}
		for _, i := range list {
			if s, ok := i.(string); ok && strings.HasPrefix(s, kind+"[") {
				all = append(all, s[len(kind)+1:len(s)-1])
			}
		}
		merged[kind] = all
	}
	for _, k := range []string{"chef_environment", "policy_name", "policy_group"} {
		if v := doc[k]; v != nil {
			merged[k] = v
		}
	}
	return merged
}

func oracleMerge(a, b map[string]any) map[string]any {
	out := maps.Clone(a)
	for k, v := range b {
		x, okX := out[k].(map[string]any)
		y, okY := v.(map[string]any)
		if okX && okY {
			v = oracleMerge(x, y)
		}
		out[k] = v
	}
	return out
}

func oracleExpand(pairs map[[2]string]bool, path []string, v any) {
	emit := func(text string) {
		if len(path) > 0 {
			pairs[[2]string{strings.Join(path, "_"), text}] = true
			pairs[[2]string{path[len(path)-1], text}] = true
		}
	}
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			emit(k)
			oracleExpand(pairs, append(slices.Clone(path), k), x)
		}
	case []any:
		for _, x := range v {
			oracleExpand(pairs, path, x)
		}
	case nil:
		emit("")
	case json.Number:
		if v == "-0" {
			v = "0"
		}
		emit(v.String()) // the generator makes no floats; see TestNumbers
	default:
		emit(fmt.Sprint(v))
	}
}

// A predicate decides about an object's tokens.
type predicate func(tokens []string) bool

// oracleGlob matches with '*' and '?', trying everything.
func oracleGlob(p pattern, s []rune) bool {
	switch {
	case len(p) == 0:
		return len(s) == 0
	case p[0] == wildMany:
		for i := 0; i <= len(s); i++ {
			if oracleGlob(p[1:], s[i:]) {
				return true
			}
		}
		return false
	case len(s) == 0:
		return false
	}
	return (p[0] == wildOne || p[0] == s[0]) && oracleGlob(p[1:], s[1:])
}

// oracleDistance is the optimal string alignment distance.
func oracleDistance(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// oracleNear reports whether words stand in tokens, each moved so that all
// moves are within slop of one another, trying everything.
func oracleNear(tokens, words []string, slop int) bool {
	var place func(i, low, high int, used []int) bool
	place = func(i, low, high int, used []int) bool {
		if i == len(words) {
			return true
		}
		for pos, tok := range tokens {
			if tok != words[i] || slices.Contains(used, pos) {
				continue
			}
			l, h := pos-i, pos-i
			if i > 0 {
				l, h = min(low, l), max(high, h)
			}
			if h-l <= slop && place(i+1, l, h, append(slices.Clone(used), pos)) {
				return true
			}
		}
		return false
	}
	return place(0, 0, 0, nil)
}
