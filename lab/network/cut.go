package network

import (
	"errors"
	"fmt"
)

// Unplug cuts a host off from everybody, or connects it again. Its interface
// keeps its carrier, so that nothing on the host is told.
func (n *Network) Unplug(host string, on bool) error {
	if err := n.known(host); err != nil {
		return err
	}
	return n.element("unplugged", fmt.Sprintf("%q", port(host)), on)
}

// Cut drops what from sends to to, and nothing else.
func (n *Network) Cut(from, to string) error { return n.cut(from, to, true) }

// Heal undoes Cut.
func (n *Network) Heal(from, to string) error { return n.cut(from, to, false) }

// Part cuts both directions.
func (n *Network) Part(a, b string) error { return errors.Join(n.Cut(a, b), n.Cut(b, a)) }

// Join undoes Part.
func (n *Network) Join(a, b string) error { return errors.Join(n.Heal(a, b), n.Heal(b, a)) }

// HealAll undoes every cut. Who is unplugged stays so.
func (n *Network) HealAll() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.nft("flush set bridge fabric cut\n")
}

func (n *Network) cut(from, to string, on bool) error {
	if err := errors.Join(n.known(from), n.known(to)); err != nil {
		return err
	}
	return n.element("cut", fmt.Sprintf("%q . %q", port(from), port(to)), on)
}

// element puts an element into a set or takes it out, whether it was there
// before or not.
func (n *Network) element(set, element string, in bool) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	script := fmt.Sprintf("add element bridge fabric %[1]s { %[2]s }\n", set, element)
	if !in {
		script += fmt.Sprintf("delete element bridge fabric %[1]s { %[2]s }\n", set, element)
	}
	return n.nft(script)
}
