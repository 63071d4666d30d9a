package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/pgtest"
)

// openTwo returns two stores on one new database.
func openTwo(t *testing.T) (a, b *Store) {
	t.Helper()
	url := pgtest.New(t)
	both := make([]*Store, 2)
	var wg sync.WaitGroup
	for i := range both { // at once: one migrates, the other waits
		wg.Go(func() {
			s, err := OpenPostgres(t.Context(), url, Options{})
			if err != nil {
				t.Errorf("open: %v", err)
				return
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			both[i] = s
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return both[0], both[1]
}

// Of servers that start at once over an empty database, one makes the keys.
func TestOneServerFounds(t *testing.T) {
	a, b := openTwo(t)
	var founded, keys atomic.Int64
	var wg sync.WaitGroup
	for _, s := range []*Store{a, b, a, b} {
		wg.Go(func() {
			done, err := s.Found(t.Context(), func() (Founding, error) {
				keys.Add(1)
				time.Sleep(50 * time.Millisecond) // a key takes longer
				return Founding{SuperuserKey: testKey, WebUIKey: testKey, PresignKey: "secret"}, nil
			})
			if err != nil {
				t.Errorf("found: %v", err)
			}
			if done {
				founded.Add(1)
			}
		})
	}
	wg.Wait()
	if founded.Load() != 1 || keys.Load() != 1 {
		t.Errorf("founded %d times, keys made %d times", founded.Load(), keys.Load())
	}
}

// Writes that advance both heads of several organizations, in any order, on two
// servers: none fails, and no log has a gap.
func TestHeadsOfManyWriters(t *testing.T) {
	a, b := openTwo(t)
	ctx := t.Context()
	_, err := a.Found(ctx, func() (Founding, error) { return Founding{SuperuserKey: testKey}, nil })
	orgs := make([]*Org, 2)
	for i := range orgs {
		name := fmt.Sprintf("org%d", i)
		err = errors.Join(err, a.CreateOrg(ctx, NewOrg{Name: name, FullName: name, Creator: 1, ValidatorKey: testKey}))
		org, _, e := a.Org(ctx, name)
		orgs[i], err = org, errors.Join(err, e)
	}
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 8 {
		s := []*Store{a, b}[w%2]
		wg.Go(func() {
			for i := range 10 {
				err := s.Write(ctx, func(tx *Tx) error {
					for j := range orgs {
						ref := Ref{Org: orgs[(w+j)%2].ID, Type: chef.TypeGroup, Name: fmt.Sprintf("g%d-%d", w, i)}
						if _, err := tx.Create(ctx, NewObject{Ref: ref, ACL: authz.Everyone(nil, nil)}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Errorf("write: %v", err)
				}
			}
		})
	}
	wg.Wait()
	for _, org := range orgs {
		_, heads, err := b.Org(ctx, org.Name)
		if err != nil {
			t.Fatal(err)
		}
		if changes, err := b.ObjectChanges(ctx, org.ID, 0, 10_000); err != nil || int64(len(changes)) != heads.Object {
			t.Errorf("%s: %d changes, %v, want %d", org.Name, len(changes), err, heads.Object)
		}
	}
}

// Whatever the server's defaults are, a commit is on the disk and nobody waits for ever.
func TestConnectionsKeepWhatIsAcknowledged(t *testing.T) {
	url := pgtest.New(t)
	s, err := OpenPostgres(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db := s.db.(*postgresDatabase).writes
	if _, err := db.ExecContext(t.Context(), "ALTER ROLE postgres IN DATABASE "+databaseName(url)+" SET synchronous_commit = off"); err != nil {
		t.Fatal(err)
	}
	other, err := OpenPostgres(t.Context(), url, Options{})
	if err != nil {
		t.Fatalf("a default that a connection sets right: %v", err)
	}
	defer other.Close()
	conn, err := other.db.(*postgresDatabase).writes.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for setting, want := range map[string]string{"synchronous_commit": "on", "lock_timeout": "20s"} {
		var got string
		if err := conn.QueryRowContext(t.Context(), "SHOW "+setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, %v; want %s", setting, got, err, want)
		}
	}
	for _, url := range []string{"mysql://x/y", "/var/lib/db", "postgres://%zz"} {
		if _, err := OpenPostgres(t.Context(), url, Options{}); err == nil {
			t.Errorf("%q was opened", url)
		}
	}
}

func databaseName(url string) string {
	name, _, _ := strings.Cut(url[strings.LastIndex(url[:strings.Index(url, "?")], "/")+1:], "?")
	return name
}

// What a client sends is no name, and no server error either.
func TestNamesThatAreNoText(t *testing.T) {
	onEach(t, func(t *testing.T, db testDatabase) {
		s, org := openOrg(t, db, Options{})
		for _, name := range []string{"a\x00b", "a\xffb", ""} {
			if _, err := s.Object(context.Background(), node(org, name, "").Ref); !errors.Is(err, ErrNotFound) {
				t.Errorf("object %q: %v, want ErrNotFound", name, err)
			}
			ids, err := s.ActorIDs(t.Context(), org.ID, []string{name, Superuser})
			if err != nil || ids[Superuser].User == 0 || len(ids) != 1 {
				t.Errorf("actors %q: %v, %v", name, ids, err)
			}
			groups, err := s.GroupIDs(t.Context(), org.ID, []string{name, "x::" + name, "::server-admins", "acme::admins", "users"})
			if err != nil || len(groups) != 3 {
				t.Errorf("groups %q: %v, %v; want three", name, groups, err)
			}
		}
	})
}
