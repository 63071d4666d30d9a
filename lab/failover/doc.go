// Package failover hurts a cluster of lab/cluster under load, in the ways that
// fail-overs are for, and tells what its clients, its volume and its network
// saw: whether an acknowledged write was lost, whether there was ever a second
// writer, whether anything left from the VIP past a lapsed lease, and for how
// long nobody was served.
package failover
