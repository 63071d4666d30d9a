package depsolver

import (
	"fmt"
	"strings"

	"tournant/internal/chef"
)

// InvalidItems is the error body for run list items that no choice of other
// cookbooks could satisfy.
type InvalidItems struct {
	Message     string   `json:"message"`
	NonExistent []string `json:"non_existent_cookbooks"`
	NoVersions  []string `json:"cookbooks_with_no_versions"`
}

// NoSolution is the error body for a run list whose items contradict each
// other, or want what does not exist.
type NoSolution struct {
	Message         string   `json:"message"`
	Item            string   `json:"unsatisfiable_run_list_item"`
	NonExistent     []string `json:"non_existent_cookbooks"`
	MostConstrained []string `json:"most_constrained_cookbooks"`
}

// OutOfTime is the error body when the time was over before an answer was
// found.
type OutOfTime struct {
	Message         string   `json:"message"`
	NonExistent     []string `json:"non_existent_cookbooks"`
	MostConstrained []string `json:"most_constrained_cookbooks"`
}

// unsolvable makes an error of one of the bodies above.
func unsolvable(message string, body any) *chef.Error {
	return &chef.Error{Code: chef.Unsolvable, Message: message, Detail: body}
}

func noSuchCookbooks(names []string) error {
	m := fmt.Sprintf("Run list contains invalid items: no such %s.", plural("cookbook", names))
	return unsolvable(m, InvalidItems{Message: m, NonExistent: names, NoVersions: []string{}})
}

func noSuchVersions(items []string) error {
	m := fmt.Sprintf("Run list contains invalid items: no versions match the constraints on %s.", plural("cookbook", items))
	return unsolvable(m, InvalidItems{Message: m, NonExistent: []string{}, NoVersions: items})
}

func plural(noun string, items []string) string {
	if len(items) > 1 {
		noun += "s"
	}
	return noun + " " + strings.Join(items, ", ")
}

// outOfTime is what Chef answers, its spelling included.
func outOfTime(cause error) error {
	const m = "unable to solve dependencies in alotted time"
	err := unsolvable(m, OutOfTime{Message: m, NonExistent: []string{}, MostConstrained: []string{}})
	err.Err = cause
	return err
}

// item prints a wish for a cookbook as Chef's messages do.
func item(name string, c chef.Constraint) string { return "(" + name + " " + c.Padded() + ")" }

// rootItem prints a run list item; one without a version is (name >= 0.0.0).
func rootItem(r Root) string {
	if r.Constraint == nil {
		return item(r.Name, chef.Constraint{})
	}
	return item(r.Name, *r.Constraint)
}

// pick prints a version of a cookbook.
func pick(name string, versions ...chef.Version) string {
	text := versions[0].String()
	if len(versions) > 1 {
		all := make([]string, len(versions))
		for i, v := range versions {
			all[i] = v.String()
		}
		text = "{" + strings.Join(all, ",") + "}"
	}
	return "(" + name + " = " + text + ")"
}
