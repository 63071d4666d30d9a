package search

import (
	"fmt"
	"strings"
)

// A document is what is indexed of an object and what partial search reads:
// its top-level keys, each with the JSON of its value.
type document []member

// assemble makes the document of a stored object: nodes are merged as the
// original merges them, all others are their own JSON.
func assemble(ref Ref, json string) (document, error) {
	all, err := members(json)
	if err != nil {
		return nil, err
	}
	if ref.Type == TypeNode {
		return assembleNode(ref.Name, all)
	}
	return lastWins(all), nil
}

// assembleNode puts the merged attributes at the top and the node's own fields
// over them.
func assembleNode(name string, node []member) (document, error) {
	var sections [4]string
	var env, policyName, policyGroup, runList string
	for _, m := range node {
		switch m.key {
		case "default":
			sections[0] = m.raw
		case "normal":
			sections[1] = m.raw
		case "override":
			sections[2] = m.raw
		case "automatic":
			sections[3] = m.raw
		case "chef_environment":
			env = m.raw
		case "policy_name":
			policyName = m.raw
		case "policy_group":
			policyGroup = m.raw
		case "run_list":
			runList = m.raw
		}
	}
	doc, err := mergeSections(sections[:])
	if err != nil {
		return nil, err
	}
	items, err := runListItems(runList)
	if err != nil {
		return nil, err
	}
	if runList == "" {
		runList = "[]"
	}
	doc = append(doc,
		member{"name", quote(name)},
		member{"chef_type", `"node"`},
		member{"recipe", insides(items, "recipe[")},
		member{"role", insides(items, "role[")},
		member{"run_list", runList})
	for _, m := range []member{
		{"chef_environment", env}, {"policy_name", policyName}, {"policy_group", policyGroup},
	} {
		if m.raw != "" && m.raw != "null" {
			doc = append(doc, m)
		}
	}
	return lastWins(doc), nil
}

// lastWins drops all but the last member of each key.
func lastWins(doc []member) document {
	at := make(map[string]int, len(doc))
	out := doc[:0]
	for _, m := range doc {
		if i, ok := at[m.key]; ok {
			out[i] = m
			continue
		}
		at[m.key] = len(out)
		out = append(out, m)
	}
	return out
}

// runListItems returns the strings of a run list.
func runListItems(raw string) ([]string, error) {
	var items []string
	i := skipSpace(raw, 0)
	if i >= len(raw) || raw[i] != '[' {
		return nil, nil
	}
	for i++; i < len(raw); {
		if i = skipSpace(raw, i); i >= len(raw) || raw[i] != '"' {
			break
		}
		end, err := skipString(raw, i)
		if err != nil {
			return nil, err
		}
		items = append(items, unquote(raw[i:end]))
		if i = skipSpace(raw, end); i < len(raw) && raw[i] == ',' {
			i++
		}
	}
	return items, nil
}

// insides returns, as a JSON list, what stands between kind (such as
// "recipe[") and the closing bracket of the items of that kind.
func insides(items []string, kind string) string {
	var b strings.Builder
	b.WriteByte('[')
	for _, item := range items {
		inside, ok := strings.CutPrefix(item, kind)
		if !ok || inside == "" {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		b.WriteString(quote(inside[:len(inside)-1]))
	}
	b.WriteByte(']')
	return b.String()
}

// quote spells a JSON string.
func quote(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < 0x20:
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// form tells how the value of a top-level key is indexed: not at all, or
// without one of its members. Partial search sees it whole.
func form(typ, key string) (skip bool, omit string) {
	switch {
	case typ == TypeRole && key == "env_run_lists":
		return false, "_default"
	case typ == TypeItem && (key == "chef_type" || key == "data_bag"):
		return true, "" // constants overwrites them
	}
	return false, ""
}

// constants are the scalars that are indexed with every object of ref beside
// its document. They cannot change while the object lives.
func constants(org int64, ref Ref, id int64) []member {
	out := []member{
		{"X_CHEF_id_CHEF_X", fmt.Sprintf("%032x", id)},
		{"X_CHEF_database_CHEF_X", fmt.Sprintf("chef_%032x", org)},
		{"X_CHEF_type_CHEF_X", ref.Type},
	}
	if ref.Type == TypeItem {
		out = append(out, member{"chef_type", TypeItem}, member{"data_bag", ref.Bag})
	}
	return out
}
