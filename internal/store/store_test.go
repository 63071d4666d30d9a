package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/pgtest"
)

// testKey stands where the store keeps a key's text without reading it.
const testKey = "-----BEGIN PUBLIC KEY-----\ntest\n-----END PUBLIC KEY-----\n"

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// testDatabase opens a new database of one kind.
type testDatabase func(*testing.T, Options) (*Store, error)

func onSQLite(t *testing.T, opts Options) (*Store, error) {
	return Open(t.Context(), t.TempDir(), opts)
}

func onPostgres(t *testing.T, opts Options) (*Store, error) {
	return OpenPostgres(t.Context(), pgtest.New(t), opts)
}

// onEach runs a test over each kind of database.
func onEach(t *testing.T, test func(*testing.T, testDatabase)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, onSQLite) })
	t.Run("postgres", func(t *testing.T) { test(t, onPostgres) })
}

// open returns a founded store in a database of its own.
func open(t *testing.T, db testDatabase, opts Options) *Store {
	t.Helper()
	s, err := db(t, opts)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	done, err := s.Found(t.Context(), func() (Founding, error) {
		return Founding{SuperuserKey: testKey, WebUIKey: testKey, PresignKey: "secret"}, nil
	})
	if err != nil || !done {
		t.Fatalf("found: %v, %v", done, err)
	}
	return s
}

// openOrg returns a store with the organization "acme", owned by pivotal.
func openOrg(t *testing.T, db testDatabase, opts Options) (*Store, *Org) {
	t.Helper()
	s := open(t, db, opts)
	pivotal, err := s.User(t.Context(), Superuser)
	if err != nil {
		t.Fatalf("pivotal: %v", err)
	}
	err = s.CreateOrg(t.Context(), NewOrg{Name: "acme", FullName: "Acme", Creator: pivotal.ID, ValidatorKey: testKey})
	if err != nil {
		t.Fatalf("create organization: %v", err)
	}
	org, _, err := s.Org(t.Context(), "acme")
	if err != nil {
		t.Fatalf("organization: %v", err)
	}
	return s, org
}

func node(org *Org, name, doc string) NewObject {
	return NewObject{Ref: Ref{Org: org.ID, Type: chef.TypeNode, Name: name}, Environment: "_default", Plain: []byte(doc)}
}

func TestFoundOnlyOnce(t *testing.T) { onEach(t, testFoundOnlyOnce) }

func testFoundOnlyOnce(t *testing.T, db testDatabase) {
	s := open(t, db, Options{})
	done, err := s.Found(t.Context(), func() (Founding, error) {
		t.Error("founded twice")
		return Founding{}, nil
	})
	if done || err != nil {
		t.Errorf("second founding: %v, %v; want false, nil", done, err)
	}
}

func TestObjectLife(t *testing.T) { onEach(t, testObjectLife) }

func testObjectLife(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	if err := s.Create(ctx, node(org, "web1", `{"a":1}`)); err != nil {
		t.Fatalf("create: %v", err)
	}
	if err := s.Create(ctx, node(org, "web1", `{"a":2}`)); !errors.Is(err, ErrExists) {
		t.Errorf("create again: %v, want ErrExists", err)
	}
	ref := Ref{Org: org.ID, Type: chef.TypeNode, Name: "web1"}
	o, err := s.Object(ctx, ref)
	if err != nil {
		t.Fatalf("object: %v", err)
	}
	if plain, err := o.Document.Unpack(); err != nil || string(plain) != `{"a":1}` {
		t.Errorf("document %s, %v; want the first one", plain, err)
	}
	if _, err := s.Update(ctx, o, "web1", "prod", []byte(`{"a":3}`)); err != nil {
		t.Fatalf("update: %v", err)
	}
	if names, err := s.NodeNamesIn(ctx, org.ID, "prod"); err != nil || len(names) != 1 {
		t.Errorf("nodes in prod: %v, %v; want web1", names, err)
	}
	if err := s.Delete(ctx, o); err != nil {
		t.Fatalf("delete: %v", err)
	}
	if err := s.Delete(ctx, o); !errors.Is(err, ErrNotFound) {
		t.Errorf("delete again: %v, want ErrNotFound", err)
	}
	if _, err := s.Update(ctx, o, "web1", "", []byte(`{"a":4}`)); !errors.Is(err, ErrNotFound) {
		t.Errorf("update of what is gone: %v, want ErrNotFound", err)
	}
}

func TestUpdateThatChangesNothingWritesNothing(t *testing.T) {
	onEach(t, testUpdateThatChangesNothingWritesNothing)
}

func testUpdateThatChangesNothingWritesNothing(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	if err := s.Create(ctx, node(org, "web1", `{"a":1}`)); err != nil {
		t.Fatalf("create: %v", err)
	}
	_, before, _ := s.Org(ctx, "acme")
	o, err := s.Object(ctx, Ref{Org: org.ID, Type: chef.TypeNode, Name: "web1"})
	if err != nil {
		t.Fatalf("object: %v", err)
	}
	if _, err := s.Update(ctx, o, "web1", "_default", []byte(`{"a":1}`)); err != nil {
		t.Fatalf("update: %v", err)
	}
	if _, after, _ := s.Org(ctx, "acme"); after != before {
		t.Errorf("heads moved from %v to %v", before, after)
	}
}

func TestDeletingADataBagDeletesItsItems(t *testing.T) {
	onEach(t, testDeletingADataBagDeletesItsItems)
}

func testDeletingADataBagDeletesItsItems(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	ref := Ref{Org: org.ID, Type: chef.TypeDataBag, Name: "users"}
	if err := s.Create(ctx, NewObject{Ref: ref}); err != nil {
		t.Fatalf("create bag: %v", err)
	}
	bag, err := s.Object(ctx, ref)
	if err != nil {
		t.Fatalf("bag: %v", err)
	}
	for _, id := range []string{"alice", "bob"} {
		if err := s.CreateItem(ctx, bag, id, []byte(`{"id":"`+id+`"}`)); err != nil {
			t.Fatalf("create item: %v", err)
		}
	}
	_, before, _ := s.Org(ctx, "acme")
	if err := s.Delete(ctx, bag); err != nil {
		t.Fatalf("delete: %v", err)
	}
	if names, err := s.Names(ctx, org.ID, chef.TypeDataBagItem, "users"); err != nil || len(names) > 0 {
		t.Errorf("items left: %v, %v", names, err)
	}
	changes, err := s.ObjectChanges(ctx, org.ID, before.Object, 10)
	if err != nil || len(changes) != 3 {
		t.Errorf("changes %v, %v; want two items and their bag", changes, err)
	}
	if err := s.CreateItem(ctx, bag, "carol", []byte(`{"id":"carol"}`)); !errors.Is(err, ErrNotFound) {
		t.Errorf("create item in a deleted bag: %v, want ErrNotFound", err)
	}
}

func TestAFailedWriteLeavesNothing(t *testing.T) { onEach(t, testAFailedWriteLeavesNothing) }

func testAFailedWriteLeavesNothing(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	_, before, _ := s.Org(ctx, "acme")
	boom := errors.New("boom")
	err := s.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Create(ctx, node(org, "half", `{}`)); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatalf("write: %v, want boom", err)
	}
	if _, err := s.Object(ctx, Ref{Org: org.ID, Type: chef.TypeNode, Name: "half"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("object after a failed write: %v, want ErrNotFound", err)
	}
	if _, after, _ := s.Org(ctx, "acme"); after != before {
		t.Errorf("heads moved from %v to %v", before, after)
	}
	if err := s.Create(ctx, node(org, "whole", `{}`)); err != nil {
		t.Errorf("write after a failed one: %v", err)
	}
}

// A canceled context must not decide halfway whether a write happened.
func TestAWriteOutlivesItsCaller(t *testing.T) { onEach(t, testAWriteOutlivesItsCaller) }

func testAWriteOutlivesItsCaller(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Write(ctx, func(tx *Tx) error {
		cancel()
		_, err := tx.Create(ctx, node(org, "web1", `{}`))
		return err
	})
	if err != nil {
		t.Fatalf("write: %v", err)
	}
	if _, err := s.Object(t.Context(), Ref{Org: org.ID, Type: chef.TypeNode, Name: "web1"}); err != nil {
		t.Errorf("object: %v", err)
	}
}

func TestChangeLogHasNoGaps(t *testing.T) { onEach(t, testChangeLogHasNoGaps) }

func testChangeLogHasNoGaps(t *testing.T, db testDatabase) {
	var mu sync.Mutex
	told := map[int64]bool{}
	s, org := openOrg(t, db, Options{Committed: func(_ int64, written []Written) {
		mu.Lock()
		defer mu.Unlock()
		for _, w := range written {
			told[w.Seq] = true
		}
	}})
	ctx := t.Context()
	_, before, _ := s.Org(ctx, "acme")
	const writers, each = 8, 25
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := s.Create(ctx, node(org, fmt.Sprintf("n%d-%d", w, i), `{}`)); err != nil {
					t.Errorf("create: %v", err)
				}
			}
		})
	}
	wg.Wait()
	changes, err := s.ObjectChanges(ctx, org.ID, before.Object, writers*each+1)
	if err != nil || len(changes) != writers*each {
		t.Fatalf("%d changes, %v; want %d", len(changes), err, writers*each)
	}
	for i, c := range changes {
		if c.Seq != before.Object+int64(i)+1 {
			t.Fatalf("change %d has seq %d", i, c.Seq)
		}
		if !told[c.Seq] {
			t.Errorf("commit of seq %d was not announced", c.Seq)
		}
	}
	if _, err := s.ObjectChanges(ctx, org.ID, changes[len(changes)-1].Seq+1, 1); !errors.Is(err, ErrGap) {
		t.Errorf("reader ahead of the log: %v, want ErrGap", err)
	}
}

func TestScanSearchableSeesOneMoment(t *testing.T) { onEach(t, testScanSearchableSeesOneMoment) }

func testScanSearchableSeesOneMoment(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	if err := s.Create(ctx, node(org, "web1", `{}`)); err != nil {
		t.Fatalf("create: %v", err)
	}
	_, before, _ := s.Org(ctx, "acme")
	types := map[chef.ObjectType]int{}
	head, err := s.ScanSearchable(ctx, org.ID, func(v Searchable) error {
		if v.Client != nil {
			types[chef.TypeClient]++
			return nil
		}
		types[v.Object.Type]++
		// A write between two rows belongs to a later moment.
		return s.Create(ctx, node(org, fmt.Sprintf("late%d", len(types)), `{}`))
	})
	if err != nil || head != before.Object {
		t.Errorf("head %d, %v; want %d", head, err, before.Object)
	}
	if types[chef.TypeNode] != 1 || types[chef.TypeEnvironment] != 1 || types[chef.TypeClient] != 1 {
		t.Errorf("scanned %v; want one node, one environment, one client", types)
	}
}

func TestOrganizationsAreBornAsTheReferenceSays(t *testing.T) {
	onEach(t, testOrganizationsAreBornAsTheReferenceSays)
}

func testOrganizationsAreBornAsTheReferenceSays(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	containers, err := s.Names(ctx, org.ID, chef.TypeContainer, "")
	if err != nil || len(containers) != len(authz.ContainerGrants()) {
		t.Errorf("containers %v, %v", containers, err)
	}
	identities, err := s.Identities(ctx, org.ID, Superuser)
	if err != nil || len(identities) != 1 {
		t.Fatalf("identities of pivotal: %v, %v", identities, err)
	}
	if identities[0].Member {
		t.Error("pivotal is associated with the organization")
	}
	validator, err := s.Identities(ctx, org.ID, ValidatorName("acme"))
	if err != nil || len(validator) != 1 || !validator[0].Member || !validator[0].Actor.Validator {
		t.Errorf("validator: %+v, %v", validator, err)
	}
	if err := s.DeleteOrg(ctx, org); err != nil {
		t.Fatalf("delete organization: %v", err)
	}
	if _, err := s.Client(ctx, org.ID, ValidatorName("acme")); !errors.Is(err, ErrNotFound) {
		t.Errorf("validator of a deleted organization: %v, want ErrNotFound", err)
	}
}

func TestGroupsCannotBeCircular(t *testing.T) { onEach(t, testGroupsCannotBeCircular) }

func testGroupsCannotBeCircular(t *testing.T, db testDatabase) {
	s, org := openOrg(t, db, Options{})
	ctx := t.Context()
	users, err := s.Object(ctx, Ref{Org: org.ID, Type: chef.TypeGroup, Name: authz.Users})
	if err != nil {
		t.Fatalf("group: %v", err)
	}
	reader, err := s.Object(ctx, Ref{Org: org.ID, Type: chef.TypeGroup, Name: authz.PublicKeyReadAccess})
	if err != nil {
		t.Fatalf("group: %v", err)
	}
	// users is in public_key_read_access already.
	for _, child := range []int64{reader.ID, users.ID} {
		err := s.UpdateGroup(ctx, users, users.Name, Membership{Groups: []int64{child}})
		if chef.CodeOf(err) != chef.Invalid {
			t.Errorf("nest %d into users: %v, want invalid", child, err)
		}
	}
}
