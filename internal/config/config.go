package config

import (
	"net/netip"
	"time"

	"tournant/internal/config/rb"
)

// Topology is how the parts of the server are spread over hosts.
type Topology string

// The topologies.
const (
	Standalone Topology = "standalone"
	Tier       Topology = "tier"
	HA         Topology = "ha"
)

// Role is what this host is.
type Role string

// The roles. A standalone host has the empty one.
const (
	Backend  Role = "backend"
	Frontend Role = "frontend"
)

// Config is what a host is configured with.
type Config struct {
	File      string   `json:"file"`
	Host      string   `json:"host"` // this host's name, as its server entry has it
	Topology  Topology `json:"topology"`
	Role      Role     `json:"role,omitempty"`
	Bootstrap bool     `json:"bootstrap"` // this host makes the secrets
	APIFQDN   string   `json:"api_fqdn"`
	IPv6      bool     `json:"ipv6"`
	Servers   []Server `json:"servers,omitempty"`
	VIP       *VIP     `json:"backend_vip,omitempty"`

	HTTP       HTTP        `json:"http"`
	API        API         `json:"api"`
	Database   *Database   `json:"database,omitempty"` // nil: SQLite in the data directory
	HA         *HASettings `json:"ha,omitempty"`
	Keepalived *Keepalived `json:"keepalived,omitempty"`

	// Warnings name what has no meaning here, or not the one it seems to have.
	Warnings []Problem `json:"-"`

	// Environment holds the variables of the environment that the file asks
	// for. They may be secrets.
	Environment map[string]string `json:"-"`

	settings *rb.Hash // as the file says
}

// Host is what is known of the host that a file is read on.
type Host struct {
	FQDN      string
	Addresses []netip.Prefix // of its interfaces
}

// Env is what a file can see.
type Env struct {
	Host   Host
	Getenv func(name string) (value string, ok bool)

	// Secrets are those of the host; nil without any.
	Secrets *Secrets
}

// Server is a server entry.
type Server struct {
	Name      string     `json:"name"`
	Address   netip.Addr `json:"ipaddress"`
	Role      Role       `json:"role"`
	Bootstrap bool       `json:"bootstrap"`
	line      int
}

// VIP is the backend_vip entry.
type VIP struct {
	Name    string     `json:"name"`
	Address netip.Addr `json:"ipaddress"`
	Bits    int        `json:"bits"` // of its prefix
	Device  string     `json:"device,omitempty"`
	line    int
}

// Duration is a time.Duration that JSON shows as people write it.
type Duration time.Duration

// MarshalText writes it as time.Duration does.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }
