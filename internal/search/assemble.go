package search

import (
	"fmt"
	"slices"
	"strings"
)

// A document is what is indexed of an object and what partial search reads:
// its top-level keys, each with the JSON of its value.
type document []member

// assemble makes the document of a stored object: nodes are merged as the
// original merges them, all others are their own JSON.
func assemble(ref Ref, json string) (document, error) {
	if ref.Type == TypeNode {
		return assembleNode(ref.Name, json)
	}
	all, err := members(json)
	return lastWins(all), err
}

// sections are the keys of a node's attributes, the later the stronger.
var sections = [...]string{"default", "normal", "override", "automatic"}

// readNode reads a node's own fields and the members of its sections.
func readNode(json string) (fields map[string]string, attributes [len(sections)][]member, err error) {
	fields = make(map[string]string)
	i := skipSpace(json, 0)
	if i >= len(json) || json[i] != '{' {
		return nil, attributes, errMalformed
	}
	_, err = eachMember(json, i, func(key string, start int) (end int, err error) {
		section := slices.Index(sections[:], key)
		if section < 0 || start >= len(json) || json[start] != '{' {
			end, err = skipValue(json, start)
			if err == nil {
				fields[key] = json[start:end]
			}
			return end, err
		}
		attributes[section] = nil
		return eachMember(json, start, func(key string, start int) (end int, err error) {
			if end, err = skipValue(json, start); err == nil {
				attributes[section] = append(attributes[section], member{key, json[start:end]})
			}
			return end, err
		})
	})
	return fields, attributes, err
}

// assembleNode puts the merged attributes at the top and the node's own fields
// over them.
func assembleNode(name, json string) (document, error) {
	fields, attributes, err := readNode(json)
	if err != nil {
		return nil, err
	}
	doc, err := mergeSections(attributes[:])
	if err != nil {
		return nil, err
	}
	runList := fields["run_list"]
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
	for _, key := range []string{"chef_environment", "policy_name", "policy_group"} {
		if raw := fields[key]; raw != "" && raw != "null" {
			doc = append(doc, member{key, raw})
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
