package config

import (
	"net"
	"net/url"
	"slices"
	"strconv"
	"time"
)

// Database is how to reach PostgreSQL.
type Database struct {
	External bool   `json:"external"` // nobody here starts or stops it
	Host     string `json:"host"`
	Port     int    `json:"port"`
	User     string `json:"user"`
	Password Secret `json:"password"`
	SSLMode  string `json:"sslmode"`
	RootCert string `json:"sslrootcert,omitempty"` // PEM file of who signs its certificate; "" is whom the system trusts
	Name     string `json:"name"`                  // of the database
	PoolSize int    `json:"pool_size"`             // connections of one server

	// Wait is how long a request waits for it to come back.
	Wait Duration `json:"failover_wait"`
}

// DatabaseName is the database that the server keeps its state in. It is not
// that of the original, whose tables it must never meet.
const DatabaseName = "tournant"

const (
	defaultPort = 5432
	defaultUser = "opscode-pgsql"
	defaultWait = "60s"

	// A server does not go on with fewer connections than the least, and one
	// with more than the most has PostgreSQL switch between processes.
	defaultPool, leastPool, mostPool = 20, 6, 1000
)

var sslModes = []string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}

// URL is the address in the form that libpq knows. It holds the password.
func (d *Database) URL() string {
	params := url.Values{"sslmode": {d.SSLMode}}
	if d.RootCert != "" {
		params.Set("sslrootcert", d.RootCert)
	}
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(d.User, d.Password.Reveal()),
		Host: net.JoinHostPort(d.Host, strconv.Itoa(d.Port)), Path: "/" + d.Name, RawQuery: params.Encode(),
	}
	return u.String()
}

// database reads where the state is: in SQLite on a standalone host, unless it
// says otherwise, and in one PostgreSQL for several hosts.
func (r *reader) database(c *Config) *Database {
	const group = "postgresql"
	external := r.flag(group, "external", false)
	if c.Topology == Standalone && !external {
		return nil
	}
	sslMode := "disable"
	if c.Topology == HA && !external {
		sslMode = "verify-full" // with the certificate that all hosts can make
	}
	if c.Topology == HA {
		r.ownDatabase(external)
	}
	d := &Database{
		External: external, Name: DatabaseName, SSLMode: r.text(group, "sslmode", sslMode),
		Host:     r.text(group, "vip", ""),
		Port:     int(r.whole(group, "port", defaultPort, 1, 65535)),
		User:     r.text(group, "db_connection_superuser", r.text(group, "db_superuser", "")),
		Password: r.secret(group, "db_superuser_password"),
		RootCert: r.text(group, "sslrootcert", ""),
		PoolSize: r.poolSize(),
		Wait:     r.duration("ha", "failover_wait", defaultWait),
	}
	if v, _ := r.get(group, "sslmode"); !slices.Contains(sslModes, d.SSLMode) {
		r.mistake(v.Line, "Write 'disable', 'require', or 'verify-full'.", "postgresql['sslmode'] cannot be %q", d.SSLMode)
	}
	if v, ok := r.get(group, "sslrootcert"); ok && d.SSLMode == "disable" {
		r.mistake(v.Line, "Add postgresql['sslmode'] = 'verify-full'.", "postgresql['sslrootcert'] is of no use without TLS, which postgresql['sslmode'] = 'disable' is")
	}
	if !external {
		r.internal(c, d)
	}
	return d
}

// ownDatabase refuses, for topology "ha", a PostgreSQL that is not on the volume:
// the volume moves for it alone.
func (r *reader) ownDatabase(external bool) {
	v, _ := r.get("postgresql", "external")
	if external {
		r.mistake(v.Line, "Remove it; or, with a PostgreSQL of your own, write topology \"tier\" without backends.",
			"postgresql['external'] cannot be true with topology \"ha\", whose backends run PostgreSQL on their volume")
	}
	if v, _ := r.get("postgresql", "enable"); !r.flag("postgresql", "enable", true) {
		r.mistake(v.Line, "Remove it: PostgreSQL runs where the volume is.", "postgresql['enable'] cannot be false with topology \"ha\"")
	}
}

// poolSize is the greatest of the original's sizes of a pool that grows.
func (r *reader) poolSize() int {
	size := r.whole("opscode_erchef", "db_pool_size", defaultPool, leastPool, mostPool)
	return int(r.whole("opscode_erchef", "db_pool_max", size, leastPool, mostPool))
}

// checkExternal holds what an external server must be given.
func (r *reader) checkExternal(d *Database) {
	v, _ := r.get("postgresql", "external")
	const form = "Add postgresql['vip'], ['db_superuser'] and ['db_superuser_password']; the last may be in " + SecretsFile + "."
	if d.Host == "" {
		r.mistake(v.Line, form, "postgresql['external'] needs postgresql['vip']")
	}
	if d.User == "" {
		r.mistake(v.Line, form, "postgresql['external'] needs postgresql['db_superuser']")
	}
	if d.Password == "" {
		r.mistake(v.Line, form, "postgresql['external'] needs postgresql['db_superuser_password']")
	}
}

// internal fills in where PostgreSQL is on a backend: behind its address that
// moves, if there is one, else on the one backend there is.
func (r *reader) internal(c *Config, d *Database) {
	if d.User == "" {
		d.User = defaultUser
	}
	switch {
	case d.Host != "":
	case c.VIP != nil:
		d.Host = c.VIP.Address.String()
	case c.Topology == Tier:
		r.mistake(r.spread, "Write backend_vip 'NAME', :ipaddress => '…' with the backend's address, or set postgresql['external'] = true.",
			"topology \"tier\" needs backend_vip: where PostgreSQL is")
	}
	if c.Topology == Tier {
		r.warn(r.spread, "Let it run on the backend, with the user and the database "+d.Name+", or set postgresql['external'] = true.",
			"this release does not start PostgreSQL itself")
	}
}

// duration reads seconds, or a text such as '1m30s'.
func (r *reader) duration(name, key, fallback string) Duration {
	v, ok := r.get(name, key)
	s := fallback
	switch text := v.Text; {
	case !ok:
	case text != "":
		s = text
	default:
		s = strconv.FormatInt(r.whole(name, key, 60, 0, 24*60*60), 10) + "s"
	}
	if _, err := strconv.Atoi(s); err == nil {
		s += "s"
	}
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > 24*time.Hour {
		r.mistake(v.Line, "Write seconds, as in 60.", "%s = %q is no time", setting(name, key), s)
	}
	return Duration(d)
}
