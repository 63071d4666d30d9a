// Package depsolver chooses the cookbook versions for a run list.
//
// Solve is a pure function of a Universe (which cookbook versions an
// organization has, and what each wants of others), the constraints of an
// environment and the run list. Its answer is exact: of all sets of cookbook
// versions that satisfy every constraint it is the first in one total order,
// defined in DESIGN.md.
package depsolver
