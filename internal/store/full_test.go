package store

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"

	"tournant/internal/chef"
	"tournant/internal/diskspace/diskspacetest"
	"tournant/internal/pgtest"
	"tournant/internal/postgres"
)

// fullDisk is a database on a disk that a test fills.
type fullDisk struct {
	open testDatabase

	// fill leaves no room for what grows, and some for what does not, until the
	// test calls what it returns.
	fill func(t *testing.T) (empty func())
}

func onFullSQLite(t *testing.T) fullDisk {
	dir := diskspacetest.Small(t, 64<<20)
	return fullDisk{
		func(t *testing.T, opts Options) (*Store, error) { return Open(t.Context(), dir, opts) },
		func(t *testing.T) func() { return diskspacetest.Fill(t, dir, 2<<20) },
	}
}

// onFullPostgres is told by the database's own setting, which new sessions have.
func onFullPostgres(t *testing.T) fullDisk {
	server := pgtest.New(t)
	set := func(t *testing.T, value string) {
		t.Helper()
		conn, err := pgx.Connect(t.Context(), server)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(t.Context())
		for _, sql := range []string{
			"ALTER DATABASE " + conn.Config().Database + " SET " + postgres.VolumeFull + " = " + value,
			"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
		} {
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	return fullDisk{
		func(t *testing.T, opts Options) (*Store, error) { return OpenPostgres(t.Context(), server, opts) },
		func(t *testing.T) func() { set(t, "on"); return func() { set(t, "off") } },
	}
}

func onEachFull(t *testing.T, test func(*testing.T, fullDisk)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, onFullSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, onFullPostgres(t)) })
}

func wantFull(t *testing.T, what string, err error) {
	t.Helper()
	if chef.CodeOf(err) != chef.InsufficientStorage {
		t.Errorf("%s: got %v, want %s", what, err, chef.InsufficientStorage)
	}
}

// Where the disk is nearly full what grows is refused and leaves nothing; reads
// and what makes room go on; and all does once there is room.
func TestNearlyFull(t *testing.T) { onEachFull(t, testNearlyFull) }

func testNearlyFull(t *testing.T, disk fullDisk) {
	s, org := openOrg(t, disk.open, Options{})
	ctx := t.Context()
	web, db := node(org, "web", `{"a":1}`), node(org, "db", `{"a":1}`)
	if err := errors.Join(s.Create(ctx, web), s.Create(ctx, db), s.Room(ctx)); err != nil {
		t.Fatal(err)
	}
	_, before, err := s.Org(ctx, "acme")
	if err != nil {
		t.Fatal(err)
	}
	empty := disk.fill(t)
	wantFull(t, "room", s.Room(ctx))
	wantFull(t, "a new node", s.Create(ctx, node(org, "new", `{}`)))
	o, err := s.Object(ctx, web.Ref)
	if err != nil {
		t.Fatalf("read: %v", err)
	}
	_, err = s.Update(ctx, o, "web", "_default", []byte(`{"a":2}`))
	wantFull(t, "a change", err)
	if got := s.Writes().Refused; got != 2 {
		t.Errorf("%d writes refused, want 2", got)
	}
	if _, after, err := s.Org(ctx, "acme"); err != nil || after != before {
		t.Errorf("the heads are at %+v, %v, want %+v", after, err, before)
	}
	if err := s.Delete(Freeing(ctx), o); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := errors.Join(s.TrimChanges(ctx), s.ForgetAbandoned(ctx, 0)); err != nil {
		t.Errorf("upkeep: %v", err)
	}
	empty()
	if err := errors.Join(s.Room(ctx), s.Create(ctx, node(org, "new", `{}`))); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// incompressible returns a document of about so many bytes.
func incompressible(rng *rand.Rand, size int) string {
	b := make([]byte, size/2)
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return `{"a":"` + hex.EncodeToString(b) + `"}`
}

// fillUp creates nodes until one finds no room, and returns how many it could.
func fillUp(t *testing.T, ctx context.Context, s *Store, org *Org) (made int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	for ; made < 10_000; made++ {
		err := s.Create(ctx, node(org, fmt.Sprintf("node%d", made), incompressible(rng, 200<<10)))
		if chef.CodeOf(err) == chef.InsufficientStorage {
			return made
		}
		if err != nil {
			t.Fatalf("node %d: %v", made, err)
		}
	}
	t.Fatal("there is no end to the disk")
	return 0
}

// wantNodes wants the nodes that were acknowledged, and no more, each whole.
func wantNodes(t *testing.T, s *Store, org *Org, made int) {
	t.Helper()
	for i := range made + 1 {
		o, err := s.Object(t.Context(), node(org, fmt.Sprintf("node%d", i), "").Ref)
		switch {
		case i == made && !errors.Is(err, ErrNotFound):
			t.Errorf("the one that was refused: %v, want ErrNotFound", err)
		case i < made && err != nil:
			t.Errorf("node %d of %d: %v", i, made, err)
		case i < made:
			if _, err := o.Document.Unpack(); err != nil {
				t.Errorf("node %d of %d: %v", i, made, err)
			}
		}
	}
}

// When the disk has no byte more, the database's own error says the same, and
// what it could not write has left nothing.
func TestNotAByteMore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		dir := diskspacetest.Small(t, 64<<20)
		testNotAByteMore(t, dir, func(t *testing.T, opts Options) (*Store, error) { return Open(t.Context(), dir, opts) })
	})
	t.Run("postgres", func(t *testing.T) {
		dir := diskspacetest.Small(t, 64<<20)
		testNotAByteMore(t, dir, inTablespace(t, dir))
	})
}

func testNotAByteMore(t *testing.T, dir string, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	empty := diskspacetest.Fill(t, dir, 8<<20)
	ctx := Freeing(t.Context()) // or SQLite would refuse before the disk does
	made := fillUp(t, ctx, s, org)
	if made == 0 {
		t.Error("not one node found room")
	}
	wantNodes(t, s, org, made)
	empty()
	if err := s.Create(t.Context(), node(org, fmt.Sprintf("node%d", made), `{}`)); err != nil {
		t.Errorf("with room again: %v", err)
	}
	wantNodes(t, s, org, made+1)
}

// inTablespace keeps the tables of a database in a directory, and the log of its
// server elsewhere: what fills up is the data.
func inTablespace(t *testing.T, dir string) testDatabase {
	t.Helper()
	c, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	name, err := c.CreateDatabase()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), c.URL(name))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	place := filepath.Join(dir, "tables")
	if err := pgtest.MakeDir(place); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), "CREATE TABLESPACE small LOCATION '"+place+"'"); err != nil {
		t.Fatal(err)
	}
	server := c.URL(name) + "&" + url.Values{"default_tablespace": {"small"}}.Encode()
	return func(t *testing.T, opts Options) (*Store, error) { return OpenPostgres(t.Context(), server, opts) }
}

// A write whose commit was not answered has happened, whatever room there is
// when it is run again. One that was never begun is refused.
func TestWhatHappenedIsNotRefused(t *testing.T) {
	server := pgtest.New(t)
	on := func(server string) testDatabase {
		return func(t *testing.T, opts Options) (*Store, error) { return OpenPostgres(t.Context(), server, opts) }
	}
	s, org := openOrg(t, on(server), Options{})
	create := func(tx *Tx) error {
		_, err := tx.Create(t.Context(), node(org, "web", `{}`))
		return err
	}
	first := &writing{store: s, id: writeID{1}, fn: create, grows: true}
	if err := first.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	crowded, err := on(server+"&"+url.Values{postgres.VolumeFull: {"on"}}.Encode())(t, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer crowded.Close()
	again := &writing{store: crowded, id: first.id, fn: create, grows: true, last: &Tx{store: crowded}}
	if err := again.run(t.Context()); err != nil {
		t.Errorf("run again: %v", err)
	}
	other := &writing{store: crowded, id: writeID{2}, fn: create, grows: true}
	if err := other.run(t.Context()); !errors.Is(err, errFull) {
		t.Errorf("another: %v, want %v", err, errFull)
	}
	if _, err := s.Object(t.Context(), node(org, "web", "").Ref); err != nil {
		t.Error(err)
	}
}
