package postgres

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
)

// BindAbsent lets programs of this host's network listen on addresses that it
// does not have yet: PostgreSQL and the API server are up before the address
// comes. proc is /proc.
func BindAbsent(proc string, address netip.Addr) error {
	family := "ipv4"
	if address.Is6() {
		family = "ipv6"
	}
	name := filepath.Join(proc, "sys/net", family, "ip_nonlocal_bind")
	if err := os.WriteFile(name, []byte("1\n"), 0o644); err != nil { //nolint:gosec // it is the kernel's
		return fmt.Errorf("let servers listen on an address that comes later: %w", err)
	}
	return nil
}
