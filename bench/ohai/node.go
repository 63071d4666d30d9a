package ohai

import "strconv"

// Node is what tells the hosts of one template apart.
type Node struct {
	Number      uint64 // decides addresses, serials and patch levels
	Name        string
	Environment string
	Role        string    // the whole run list is role[Role]
	Recipes     [2]string // what the role stands for
}

// Rack and Row say where the host stands: normal attributes of its own, so
// that there is a value of several words to search for.
func (n *Node) Rack() uint64 { return n.Number % 50 }

// Row is the row of racks.
func (n *Node) Row() uint64 { return n.Number / 50 % 20 }

// hash mixes the node's number and what it is wanted for into 64 bits that
// look random (the finalizer of splitmix64).
func (n *Node) hash(salt uint64) uint64 {
	x := n.Number*0x9e3779b97f4a7c15 + salt
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// appendAddress gives every number below 2^22 an address of its own in 10/8.
func (n *Node) appendAddress(dst []byte) []byte {
	dst = append(dst, "10."...)
	dst = strconv.AppendUint(dst, n.Number>>14&0xff, 10)
	dst = append(dst, '.')
	dst = strconv.AppendUint(dst, n.Number>>6&0xff, 10)
	dst = append(dst, '.')
	return strconv.AppendUint(dst, 10+n.Number&0x3f, 10)
}

// appendMAC gives every number an address of the vendor bits that Xen uses.
func (n *Node) appendMAC(dst []byte, separator string) []byte {
	dst = append(dst, "00"+separator+"16"+separator+"3E"...)
	for shift := 16; shift >= 0; shift -= 8 {
		dst = append(dst, separator...)
		b := byte(n.Number >> shift)
		dst = append(dst, upperHex[b>>4], upperHex[b&15])
	}
	return dst
}

const (
	lowerHex = "0123456789abcdef"
	upperHex = "0123456789ABCDEF"
)

// appendHex appends digits hexadecimal digits.
func (n *Node) appendHex(dst []byte, salt uint64, digits int) []byte {
	var bits uint64
	for i := range digits {
		if i%16 == 0 {
			bits = n.hash(salt + uint64(i))
		}
		dst = append(dst, lowerHex[bits&15])
		bits >>= 4
	}
	return dst
}

func (n *Node) appendUUID(dst []byte, salt uint64) []byte {
	for i, digits := range [...]int{8, 4, 4, 4, 12} {
		if i > 0 {
			dst = append(dst, '-')
		}
		dst = n.appendHex(dst, salt+uint64(i), digits)
	}
	return dst
}
