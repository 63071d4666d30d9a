// Package nspawn gives a lab whole machines: Debian with its own systemd,
// booted by systemd-nspawn over a tree that all share, in the network namespace
// of lab/network and with the devices of lab/volume, with a power switch. What is
// not their own is the kernel.
//
// It needs root, systemd-nspawn, overlayfs and cgroup v2, alone or beside v1.
package nspawn
