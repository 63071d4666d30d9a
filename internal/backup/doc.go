// Package backup writes the state of a data directory into one file while its
// server runs, and puts it back. See DESIGN.md for what holds at every moment.
package backup

import (
	"errors"
	"slices"
	"time"

	"tournant/internal/datadir"
	"tournant/internal/store"
	"tournant/internal/store/pgdump"
)

// ErrInvalid is returned for an archive that is damaged, incomplete or not one
// of ours. Nothing has been changed then.
var ErrInvalid = errors.New("not a whole backup")

// Progress is called now and then with how much of stage is done; the unit is
// the stage's own. It may be nil.
type Progress func(stage string, done, total int64)

func (p Progress) tell(stage string, done, total int64) {
	if p != nil {
		p(stage, done, total)
	}
}

const (
	manifestName = "manifest.json"
	formatNumber = 1
)

// manifest is the first entry of an archive.
type manifest struct {
	Format    int       `json:"format"`
	Version   string    `json:"version"` // of the release that wrote it
	Schema    int64     `json:"schema"`
	CreatedAt time.Time `json:"created_at"`
	Files     []file    `json:"files"` // in the order of the entries that follow

	Postgres *pgdump.Info `json:"postgresql,omitempty"` // what dumpName was made of
}

// dumpName is PostgreSQL's copy of a database, where store.FileName is SQLite's.
const dumpName = "tournant.dump"

// databases are how archives of either kind name it.
var databases = map[string]string{store.FileName: "SQLite", dumpName: "PostgreSQL"}

// database returns the name of the file that the database is in, "" if it is
// in none.
func (m *manifest) database() string {
	for _, f := range m.Files {
		if databases[f.Name] != "" {
			return f.Name
		}
	}
	return ""
}

type file struct {
	Name   string `json:"name"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"` // hexadecimal
}

// configFiles are what a data directory has beside its database.
func configFiles() []string {
	return []string{datadir.SuperuserKey, datadir.WebUIKey, datadir.Certificate, datadir.TLSKey}
}

// known reports whether an archive may hold a file of this name. Nothing else
// of an archive ever becomes a path.
func known(name string) bool {
	return databases[name] != "" || slices.Contains(configFiles(), name)
}
