package network

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
)

// Renew gives a host that is off a kernel's network as after a boot: its own
// address and nothing else. Addresses, firewalls and connections of before are
// gone; its interface, and who listens at the other end of its cable, stay.
func (n *Network) Renew(host string) error {
	i := slices.IndexFunc(n.config.Hosts, func(h Host) bool { return h.Name == host })
	if i < 0 {
		return n.known(host)
	}
	before, err := os.Open(n.Path(host))
	if err != nil {
		return err
	}
	defer before.Close()
	// Without its name the old namespace lives for as long as this file is open.
	ns := n.namespace(host)
	if err := errors.Join(ip("netns", "delete", ns), n.makeNamespace(host), moveInterface(before, ns)); err != nil {
		return fmt.Errorf("network: renew %s: %w", host, err)
	}
	return n.configure(n.config.Hosts[i])
}

// moveInterface takes eth0 out of a namespace into the one of a name. It comes
// without addresses, and down.
func moveInterface(from *os.File, to string) error {
	ctx, cancel := context.WithTimeout(context.Background(), toolTime)
	defer cancel()
	c := exec.CommandContext(ctx, "nsenter", "--net=/proc/self/fd/3", "--", "ip", "link", "set", "eth0", "netns", to)
	c.ExtraFiles = []*os.File{from}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("move eth0 to %s: %w: %s", to, err, bytes.TrimSpace(out))
	}
	return nil
}
