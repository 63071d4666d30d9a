// Package cluster is two backends with one volume and their frontends on one
// machine: each host a lab/machine with the real program, keepalived and
// PostgreSQL, on lab/network, with lab/fakeec2 for AWS and lab/volume for the
// disk. It begins with a prepared volume and can be hurt in every way that the
// tests of fail-overs need.
//
// It needs root, /dev/fuse, loop devices, nftables, keepalived and
// postgresql-15.
package cluster
