package failover

import "cmp"

// A Kind is what a cluster's hosts are.
type Kind string

// The kinds: lab/machine's, which run the program from the work tree, and
// lab/nspawn's, which are installed from the packages by the documentation's steps.
const (
	Namespaces Kind = "namespaces"
	Machines   Kind = "machines"
)

func (r *Result) kind() Kind { return cmp.Or(r.Lab, Namespaces) }
