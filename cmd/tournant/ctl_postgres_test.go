package main

import (
	"os"
	"path/filepath"
	"testing"

	"tournant/internal/datadir"
	"tournant/internal/pgtest"
	"tournant/internal/store"
)

// What works on SQLite's file only is refused with what to do instead, and
// nothing makes such a file beside a database that is elsewhere.
func TestCtlKnowsThatTheDatabaseIsElsewhere(t *testing.T) {
	t.Parallel()
	at := place{data: t.TempDir(), database: pgtest.New(t)}
	stop := startServer(t, at, "off")
	knowing, unknowing := at, place{data: at.data}
	play(t, knowing, []step{
		{command: "restore -c $DIR/x", code: 1, err: "stop its server first"},
		{command: "backup -c -o $DIR", out: `\S+\.tgz\n`},
	})
	play(t, unknowing, []step{{command: "org-list"}, {command: "backup", code: 1, err: "set TOURNANT_DATABASE to its URL"}})
	stop()
	play(t, knowing, []step{{command: "org-list"}, {command: "backup -t -1", code: 1, err: "give seconds"}})
	if err := os.Remove(filepath.Join(at.data, datadir.SuperuserKey)); err != nil {
		t.Fatal(err)
	}
	play(t, knowing, []step{{command: "backup -o $DIR", out: `\S+\.tgz\n`, err: "without the superuser's key"}})
	play(t, unknowing, []step{{command: "org-list", code: 1, err: "There is no server in"}})
	if _, err := os.Stat(filepath.Join(at.data, store.FileName)); err == nil {
		t.Error("a database was made where none is used")
	}
}
