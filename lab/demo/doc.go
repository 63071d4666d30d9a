// Package demo shows a cluster of lab/cluster to people: it brings it up, lets a
// fleet loose on it, cuts the primary's power, and tells in plain words and figures
// what they are looking at while it happens; then reports, with a picture.
package demo
