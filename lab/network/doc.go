// Package network is a VPC's subnet on one machine: a bridge in a network
// namespace of its own, and a namespace for each host with an interface eth0 on
// it. As in a VPC, the fabric decides where an address is: a frame leaves a host
// only from addresses that are its own, and goes to the host that has the
// address, whatever ARP says. Connections can be cut, one direction at a time,
// and what a host sends can be captured.
//
// It needs root, iproute2 and nftables.
package network
