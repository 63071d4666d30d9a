package ctl

import (
	"maps"
	"slices"
)

// showNames prints the names of a list, or the names with their URIs.
func (a *app) showNames(f format, list map[string]string, uri bool) error {
	if uri {
		return a.showJSON(f, list)
	}
	names := slices.Sorted(maps.Keys(list))
	if names == nil {
		names = []string{}
	}
	return a.showJSON(f, names)
}
