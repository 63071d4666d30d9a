// Package ohai makes node documents of the size and shape that chef-client
// sends after ohai has looked at a Debian host: the same top-level attributes,
// the same proportions, real package names. It is deterministic by seed.
//
// A document is rendered from a Template in a few microseconds, so that a load
// generator spends its time on requests. The nodes of one template differ in
// names, addresses, serials and patch levels, as the hosts of one image do;
// the documents of one node at two times differ in exactly the given share of
// the leaves, and only in attributes that really change between two runs.
package ohai
