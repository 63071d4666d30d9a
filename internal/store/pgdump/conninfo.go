package pgdump

import (
	"cmp"
	"errors"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// shared are the parameters of a URL, beside host, port, user, password and
// dbname, that libpq and pgx both know. pgx sends others to the server.
var shared = []string{
	"channel_binding", "gssencmode", "krbsrvname", "passfile", "require_auth", "service", "sslcert", "sslcertmode", "sslkey",
	"sslmode", "sslnegotiation", "sslrootcert", "sslsni", "target_session_attrs",
}

func libpqParams(text string) (map[string]string, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, errors.New("the database must be a postgres:// URL") // its error would show the password
	}
	params := map[string]string{}
	for name, values := range u.Query() {
		if name == "sslpassword" {
			return nil, errors.New("sslpassword in the database's URL: PostgreSQL's programs take it from nowhere but their arguments. Give a key without a password")
		}
		if slices.Contains(shared, name) {
			params[name] = values[0]
		}
	}
	return params, nil
}

// conninfo is the database as PostgreSQL's programs take it among their
// arguments, which everybody can read: without its password.
func (d *Database) conninfo() string {
	hosts, ports := d.hosts()
	all := maps.Clone(d.params)
	for name, value := range map[string]string{
		"host": hosts, "port": ports, "user": d.cfg.User, "dbname": d.cfg.Database, "application_name": d.application,
		"options": strings.TrimSpace(d.runtimeOptions() + " " + d.Options),
	} {
		if value != "" {
			all[name] = value
		}
	}
	if _, ok := all["connect_timeout"]; !ok {
		all["connect_timeout"] = strconv.Itoa(max(2, int(cmp.Or(d.cfg.ConnectTimeout, connectTimeout).Seconds())))
	}
	if strings.HasPrefix(all["sslmode"], "verify-") && all["sslrootcert"] == "" {
		all["sslrootcert"] = systemRoots()
	}
	quoted := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		quoted = append(quoted, name+"='"+strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(all[name])+"'")
	}
	return strings.Join(quoted, " ")
}

// hosts lists the hosts and ports of a URL in its order. pgx has each as often
// as there are ways of TLS to try.
func (d *Database) hosts() (hosts, ports string) {
	all := append([]*pgconn.FallbackConfig{{Host: d.cfg.Host, Port: d.cfg.Port}}, d.cfg.Fallbacks...)
	var names, numbers []string
	for i, f := range all {
		if i > 0 && f.Host == all[i-1].Host && f.Port == all[i-1].Port {
			continue
		}
		names, numbers = append(names, f.Host), append(numbers, strconv.Itoa(int(f.Port)))
	}
	return strings.Join(names, ","), strings.Join(numbers, ",")
}

// runtimeOptions are the settings that the URL has for its sessions, as options
// of the server.
func (d *Database) runtimeOptions() string {
	var options []string
	for _, name := range slices.Sorted(maps.Keys(d.cfg.RuntimeParams)) {
		value := d.cfg.RuntimeParams[name]
		switch name {
		case "application_name", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout": // the programs know better
		case "options":
			options = append(options, value)
		default:
			options = append(options, "-c "+name+"="+strings.NewReplacer(`\`, `\\`, " ", `\ `).Replace(value))
		}
	}
	return strings.Join(options, " ")
}

// systemRoots is the file of the certificates that the system trusts: what pgx
// goes by where the URL names none, and libpq does not.
func systemRoots() string {
	files := []string{"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem"}
	if file := os.Getenv("PGSSLROOTCERT"); file != "" {
		return file
	}
	if home, err := os.UserHomeDir(); err == nil {
		files = append([]string{filepath.Join(home, ".postgresql", "root.crt")}, files...)
	}
	for _, file := range files {
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return ""
}
