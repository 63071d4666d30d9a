// Package vip has the two halves of the address that moves between the
// backends: the lease, without which the kernel lets nothing out from it, and
// the address on the network interface. The halves are independent: the lease
// is what safety rests on, the address only brings clients here.
//
// The addresses are IPv4, since EC2 moves no others between instances.
package vip
