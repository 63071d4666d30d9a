package chef

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
)

// RunList is what a node or role runs, in order: `recipe[NAME]`,
// `recipe[COOKBOOK::NAME@VERSION]`, `role[NAME]`, or a recipe without its
// brackets.
type RunList []string

var errRunList = errors.New("not a valid run list")

// ParseRunList reads a JSON array of run list items. Anything else, null
// included, and any item of another form is an error without a code: the
// caller knows the name of the field it came from.
func ParseRunList(raw json.RawMessage) (RunList, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte{'['}) {
		return nil, errRunList
	}
	var items []string
	// A null among the items becomes "", which is no item either.
	if err := json.Unmarshal(raw, &items); err != nil {
		return nil, errRunList
	}
	for _, item := range items {
		if !validItem(item) {
			return nil, errRunList
		}
	}
	return items, nil
}

// Normalize wraps bare recipes in recipe[...] and drops exact repetitions,
// keeping the first. `foo` and `foo::default` both stay, as in Chef. r is not
// changed.
func (r RunList) Normalize() RunList {
	out := make(RunList, 0, len(r))
	seen := make(map[string]bool, len(r))
	for _, item := range r {
		if !strings.HasPrefix(item, recipePrefix) && !strings.HasPrefix(item, rolePrefix) {
			item = recipePrefix + item + "]"
		}
		if !seen[item] {
			seen[item] = true
			out = append(out, item)
		}
	}
	return out
}

// Marshal returns r as a JSON array, [] when r is nil.
func (r RunList) Marshal() json.RawMessage {
	if len(r) == 0 {
		return json.RawMessage("[]")
	}
	raw, _ := json.Marshal([]string(r)) // strings always marshal
	return raw
}

// Requirement asks for a cookbook; a nil Constraint takes any version.
type Requirement struct {
	Name       string
	Constraint *Constraint
}

// ParseDepsolverItems reads the run list that a client sends to be resolved,
// with its roles already expanded: each item's cookbook is what stands before
// `::`, and `@VERSION` asks for exactly that version. Repetitions are dropped,
// keeping the first.
//
// Items in brackets are valid here, yet Chef does not look inside: they name
// a cookbook such as `recipe[foo]`, which cannot exist.
func ParseDepsolverItems(raw json.RawMessage) ([]Requirement, error) {
	list, err := ParseRunList(raw)
	if err != nil {
		return nil, err
	}
	out := make([]Requirement, 0, len(list))
	seen := make(map[requirementKey]bool, len(list))
	for _, item := range list {
		req, err := requirement(item)
		if err != nil {
			return nil, err
		}
		if key := req.key(); !seen[key] {
			seen[key] = true
			out = append(out, req)
		}
	}
	return out, nil
}

// requirement fails only on a version whose parts exceed 64 bits: no cookbook
// can have it, and a Constraint cannot hold it.
func requirement(item string) (Requirement, error) {
	recipe, version, versioned := strings.Cut(item, "@")
	cookbook, _, _ := strings.Cut(recipe, "::")
	req := Requirement{Name: cookbook}
	if versioned && !strings.HasSuffix(version, "]") {
		c, err := ParseConstraint(version)
		if err != nil {
			return Requirement{}, errRunList
		}
		req.Constraint = &c
	}
	return req, nil
}

// requirementKey is equal for requirements that ask for the same.
type requirementKey struct {
	name       string
	exact      bool
	constraint Constraint
}

func (r Requirement) key() requirementKey {
	if r.Constraint == nil {
		return requirementKey{name: r.Name}
	}
	return requirementKey{r.Name, true, *r.Constraint}
}
