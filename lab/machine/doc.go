// Package machine gives a lab its machines: processes in namespaces of their
// own, with a root, an init that keeps units, and a power switch. What runs
// inside sees its own processes, mounts, devices, network and /run, and shares
// the kernel and the programs of the machine that it is on.
//
// The init is the test binary again, so whoever uses this package calls Init
// first thing in main or TestMain. It needs root, and a kernel with cgroup v2
// and overlayfs.
package machine
