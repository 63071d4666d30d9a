// Package search is the search engine: an index that is derived from the
// database, follows its change log and can be deleted at any time.
//
// The original expands an object into one text of "key__=__value" tokens and
// gives that to a general search engine. This package keeps those semantics,
// token by token, over an ordered key space that stores each leaf once; see
// DESIGN.md for the layout and the invariants.
package search
