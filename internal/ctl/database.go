package ctl

import (
	"os"
	"path/filepath"

	"tournant/internal/config"
	"tournant/internal/datadir"
	"tournant/internal/ha/link"
	"tournant/internal/setup"
	"tournant/internal/store"
)

// DatabaseVariable is the environment variable that holds the postgres:// URL
// of a server's database, if that is not a file in its data directory.
const DatabaseVariable = "TOURNANT_DATABASE"

// database returns the postgres:// URL of the server's database, which holds
// its password, and "" where nothing says that it has one: what the variable
// says, and of the installed server what chef-server.rb does.
func (a *app) database() (string, error) {
	if url := a.Getenv(DatabaseVariable); url != "" || a.dataFlag != "" {
		return url, nil
	}
	file := a.path(setup.ConfigFile)
	if _, err := os.Stat(file); err != nil {
		return "", nil //nolint:nilerr // without the file everything has its default
	}
	env, err := a.env(true)
	if err != nil {
		return "", err
	}
	c, err := config.Load(file, env)
	if err != nil || c.Database == nil {
		return "", err
	}
	return link.DatabaseURL(c, a.path(systemData))
}

// data returns the data directory, which must be a server's: it holds the
// database, or the server's address while that has its database elsewhere.
func (a *app) data() (string, error) {
	dir, err := a.dataDir()
	if err != nil {
		return "", err
	}
	if hasFile(dir) {
		return dir, nil
	}
	if _, err := datadir.ReadServer(dir); err == nil {
		return dir, nil
	}
	if a.isBackend() {
		return "", fail("The server does not run on this backend: run the command on the primary, which `%s ha-status` names, or on a frontend.", name)
	}
	if url, err := a.database(); err != nil || url != "" {
		return dir, err
	}
	return "", fail("There is no server in %[1]s: it has no %[2]s.\nName its directory with --data DIR, or make one there: tournant serve --data %[1]s\n"+
		"If its database is PostgreSQL, set %[3]s to its URL.", dir, store.FileName, DatabaseVariable)
}

// place returns where the state of the server of dir is: the postgres:// URL,
// or "" for SQLite's file. What says neither is an error: a new database must
// not be made by mistake.
func (a *app) place(dir string) (url string, err error) {
	url, err = a.database()
	if err == nil && url == "" && !hasFile(dir) {
		err = fail("The database of the server in %s is not a file in it: set %s to its URL.", dir, DatabaseVariable)
	}
	return url, err
}

// hasFile reports whether a data directory has an SQLite database.
func hasFile(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, store.FileName))
	return err == nil
}

// dataDir returns the data directory, which may be empty still, or on the other
// backend.
func (a *app) dataDir() (string, error) {
	if a.dataFlag != "" {
		dir, err := filepath.Abs(a.dataFlag)
		if err != nil {
			return "", fail("--data %s: %v", a.dataFlag, err)
		}
		return dir, nil
	}
	if !a.Root {
		return "", fail("This command must be run as root, or with --data DIR")
	}
	if !a.isBackend() {
		return a.path(systemData), nil
	}
	c, err := a.readConfig("")
	if err != nil {
		return "", err
	}
	return c.HA.ServerData(), nil
}
