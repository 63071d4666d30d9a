package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"

	"tournant/internal/config"
)

// thisHost is what chef-server.rb can know of the host.
func thisHost() (config.Host, error) {
	name, err := os.Hostname()
	if err != nil {
		return config.Host{}, fmt.Errorf("find the host's name: %w", err)
	}
	interfaces, err := net.InterfaceAddrs()
	if err != nil {
		return config.Host{}, fmt.Errorf("find the host's addresses: %w", err)
	}
	h := config.Host{FQDN: fullName(name)}
	for _, a := range interfaces {
		if p, err := netip.ParsePrefix(a.String()); err == nil && !p.Addr().IsLoopback() {
			h.Addresses = append(h.Addresses, p)
		}
	}
	return h, nil
}

// nameTimeout bounds the questions to a name server that may not answer.
const nameTimeout = 5 * time.Second

// fullName completes a host's name with its domain as `hostname -f` does: by
// the names of its own addresses. Without an answer the name stays.
func fullName(name string) string {
	if strings.Contains(name, ".") {
		return strings.ToLower(name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), nameTimeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupHost(ctx, name)
	if err != nil {
		return strings.ToLower(name)
	}
	for _, address := range addresses {
		names, err := net.DefaultResolver.LookupAddr(ctx, address)
		if err != nil {
			continue
		}
		for _, full := range names {
			if full = strings.TrimSuffix(full, "."); strings.HasPrefix(full, name+".") {
				return strings.ToLower(full)
			}
		}
	}
	return strings.ToLower(name)
}
