package postgres

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Settings are what differs between installations.
type Settings struct {
	// Address is the one that moves with the volume. PostgreSQL listens there
	// and on its socket alone: what left by another address would not be held
	// back when the volume is lost.
	Address netip.Addr
	Port    int
	Clients []netip.Prefix // where API servers connect from

	Database string // that they use
	Role     string // that they use it as

	Connections int    // that there may be at once: see Connections
	Memory      uint64 // of this host, in bytes
}

// setting is a line of PostgreSQL's configuration.
type setting struct{ name, value string }

// enforced are the settings that acknowledged writes, the lease and the time
// of a recovery depend on.
func (c *Cluster) enforced(s Settings) []setting {
	return []setting{
		{"config_file", c.conf(confFile)},
		{"hba_file", c.conf(hbaFile)},
		{"ident_file", c.conf(identFile)},
		{"listen_addresses", s.Address.String()},
		{"port", strconv.Itoa(s.Port)},
		{"unix_socket_directories", c.Socket},
		{"ssl", "on"},
		{"ssl_cert_file", c.conf(certificateFile)},
		{"ssl_key_file", c.conf(keyFile)},

		{"fsync", "on"},
		{"full_page_writes", "on"},
		{"synchronous_commit", "on"},
		// After a failed sync the kernel may have dropped what was not written:
		// PostgreSQL has to end and replay its log.
		{"data_sync_retry", "off"},

		// What a recovery has to replay at most.
		{"checkpoint_timeout", "60s"},
		{"max_wal_size", "512MB"},
	}
}

// tunable are settings that a person may change by ALTER SYSTEM.
func (s Settings) tunable() []setting {
	const megabyte = 1 << 20
	buffers := min(max(s.Memory/4, 128*megabyte), 8<<30)
	return []setting{
		{"max_connections", strconv.Itoa(s.Connections)},
		{"shared_buffers", fmt.Sprintf("%dMB", buffers/megabyte)},
		{"effective_cache_size", fmt.Sprintf("%dMB", max(s.Memory/2, buffers)/megabyte)},
		{"random_page_cost", "1.1"}, // the volume is no spinning disk
		{"jit", "off"},              // no statement of ours is long enough to gain
		{"min_wal_size", "128MB"},

		// A frontend that is gone without a word must not hold locks for long;
		// these are what its sessions ask for, too (internal/store).
		{"tcp_keepalives_idle", "1s"},
		{"tcp_keepalives_interval", "1s"},
		{"tcp_keepalives_count", "2"},
		{"tcp_user_timeout", "3s"},
		{"client_connection_check_interval", "1s"},
		{"authentication_timeout", "10s"},

		{"log_destination", "stderr"}, // which is the journal
		{"logging_collector", "off"},
		{"log_line_prefix", "%p %q%u@%d %h "},
		{"log_min_duration_statement", "5s"},
		{"log_lock_waits", "on"},
		{"cluster_name", "tournant"},
	}
}

// Connections is how many connections API servers with so many each can have
// open, with what is left of cut ones and what people and checkpoints need.
func Connections(servers, each int) int {
	const others = 20
	return servers*each*3/2 + others
}

const confHead = `# Written by Tournant: changes are lost. Change a setting on the volume by
# ALTER SYSTEM, except those that the server is started with, which follow.
`

// confText is the file that PostgreSQL reads: the one that initdb made, then
// ours, so that ours count.
func (c *Cluster) confText(s Settings) string {
	var b strings.Builder
	b.WriteString(confHead)
	for _, e := range c.enforced(s) {
		fmt.Fprintf(&b, "#   %s = %s\n", e.name, quoted(e.value))
	}
	fmt.Fprintf(&b, "include_if_exists = %s\n", quoted(c.Data+"/postgresql.conf"))
	fmt.Fprintf(&b, "include_if_exists = %s\n", quoted(c.conf(roomFile)))
	for _, e := range s.tunable() {
		fmt.Fprintf(&b, "%s = %s\n", e.name, quoted(e.value))
	}
	return b.String()
}

// hbaText says who may connect: people on the host, the API server of the
// host, API servers by TLS and password. The first line that matches decides,
// and there is no other.
func (s Settings) hbaText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Written by Tournant: changes are lost.\n")
	fmt.Fprintf(&b, "local all %s peer map=tournant\n", Superuser)
	fmt.Fprintf(&b, "local %s %s peer map=tournant\n", hbaName(s.Database), hbaName(s.Role))
	for _, from := range s.Clients {
		fmt.Fprintf(&b, "hostssl %s %s %s scram-sha-256\n", hbaName(s.Database), hbaName(s.Role), from)
	}
	return b.String()
}

// identText maps users of the host: root is who it wants to be, since it can
// be anyway.
func (c *Cluster) identText(s Settings) string {
	return fmt.Sprintf("# Written by Tournant: changes are lost.\ntournant root %[1]s\ntournant %[2]s %[1]s\ntournant root %[3]s\n",
		Superuser, c.User, hbaName(s.Role))
}

// hbaName is a name that is not one of the words of that file, such as all.
func hbaName(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
