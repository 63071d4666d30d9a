package depsolver

import (
	"bytes"
	"encoding/json"
	"fmt"

	"tournant/internal/chef"
)

// ParseDependencies reads the `dependencies` of a cookbook's metadata, an
// object of constraints by cookbook name, and keeps their order. Null and
// nothing at all are no dependencies.
func ParseDependencies(raw json.RawMessage) ([]Dependency, error) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	if raw[0] != '{' || !json.Valid(raw) {
		return nil, fmt.Errorf("dependencies are not an object")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if _, err := d.Token(); err != nil {
		return nil, fmt.Errorf("dependencies: %w", err)
	}
	var list []Dependency
	for d.More() {
		dep, err := nextDependency(d)
		if err != nil {
			return nil, err
		}
		list = append(list, dep)
	}
	return list, nil
}

func nextDependency(d *json.Decoder) (Dependency, error) {
	var text string
	name, err := d.Token()
	if err != nil {
		return Dependency{}, fmt.Errorf("dependencies: %w", err)
	}
	key, _ := name.(string)
	if err := d.Decode(&text); err != nil {
		return Dependency{}, fmt.Errorf("dependency on %s: %w", key, err)
	}
	c, err := chef.ParseConstraint(text)
	if err != nil {
		return Dependency{}, fmt.Errorf("dependency on %s: %w", key, err)
	}
	return Dependency{Name: key, Constraint: c}, nil
}
