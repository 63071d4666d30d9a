// Package pgdump copies the database of servers from PostgreSQL into a file and
// back, by PostgreSQL's own programs. See DESIGN.md for what holds at every
// moment.
package pgdump

import (
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// ErrInUse is returned while others are connected to a database that is to be
// replaced.
var ErrInUse = errors.New("the database is in use")

// ErrForeign is returned for a database whose tables are not a server's.
var ErrForeign = errors.New("the database is not a server's")

// ErrVersion is returned when a PostgreSQL, or its programs here, are too old.
var ErrVersion = errors.New("the versions of PostgreSQL do not fit")

// ErrUncertain is returned when nobody answers at the very end of a restore:
// it has happened, whole, or not at all.
var ErrUncertain = errors.New("it is not known whether the restore happened")

// ErrDamaged is returned for a file that is no copy of a database.
var ErrDamaged = errors.New("not a copy of a database")

// Info is what a copy was made of.
type Info struct {
	Major     int    `json:"major"`     // of PostgreSQL
	Namespace string `json:"namespace"` // SQL schema that the tables are in
	Schema    int64  `json:"-"`         // version of the tables
}

// Database is one that is reached at a URL.
type Database struct {
	// Options are more of PGOPTIONS for PostgreSQL's programs.
	Options string

	// Timeout is how long one of them may take; 0 is as long as it takes.
	Timeout time.Duration

	// Dirs are where the programs of a version may be, with %d for it; nil is
	// where distributions have them.
	Dirs []string

	cfg         *pgx.ConnConfig
	params      map[string]string // of the URL, as libpq knows them
	application string            // tells our sessions from those of all others
}

// At returns the database at a postgres:// URL, without asking for it.
func At(url string) (*Database, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil { // it does not show the password
		return nil, fmt.Errorf("read the database's URL: %w", err)
	}
	params, err := libpqParams(url)
	if err != nil {
		return nil, err
	}
	d := &Database{cfg: cfg, params: params, application: "chef-server-ctl " + rand.Text()}
	cfg.RuntimeParams["application_name"] = d.application
	cfg.RuntimeParams["statement_timeout"] = "30s" // of what we ask; the programs have none
	return d, nil
}

// String names the database without secrets.
func (d *Database) String() string { return fmt.Sprintf("%s on %s", d.cfg.Database, d.cfg.Host) }

// Progress is called now and then with bytes done and about how many there are.
type Progress func(done, total int64)
