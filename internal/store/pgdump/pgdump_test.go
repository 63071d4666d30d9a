package pgdump_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"tournant/internal/pgtest"
	"tournant/internal/store"
	"tournant/internal/store/pgdump"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var now = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

const key = "-----BEGIN PUBLIC KEY-----\ntest\n-----END PUBLIC KEY-----\n"

// found makes a server's database with users of these names.
func found(t *testing.T, url string, users ...string) {
	t.Helper()
	s := open(t, url)
	defer s.Close()
	for _, name := range users {
		addUser(t, s, name)
	}
}

func open(t *testing.T, url string) *store.Store {
	t.Helper()
	s, err := store.OpenPostgres(t.Context(), url, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Found(t.Context(), func() (store.Founding, error) {
		return store.Founding{SuperuserKey: key, WebUIKey: key, PresignKey: "secret"}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func addUser(t *testing.T, s *store.Store, name string) {
	t.Helper()
	err := s.Write(t.Context(), func(tx *store.Tx) error {
		_, err := tx.CreateActor(t.Context(), store.NewActor{Org: store.Server, Type: "user", Name: name, SelfOwned: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// users are those of a database beside the superuser.
func users(t *testing.T, url string) string {
	t.Helper()
	return query(t, url, "SELECT coalesce(string_agg(name, ' ' ORDER BY name), '') FROM actor WHERE name <> 'pivotal'")
}

func query(t *testing.T, url, text string) (value string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), text, pgx.QueryExecModeSimpleProtocol).Scan(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

func exec(t *testing.T, url, text string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

func at(t *testing.T, url string) *pgdump.Database {
	t.Helper()
	d, err := pgdump.At(url)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func dump(t *testing.T, url string) (file string, info pgdump.Info) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "x.dump")
	info, err := at(t, url).Dump(t.Context(), file, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file, info
}

func restore(t *testing.T, url, file string, info pgdump.Info) *pgdump.Restoring {
	t.Helper()
	r, err := at(t, url).Prepare(t.Context(), file, info, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	return r
}

// A copy takes the place of what is there, which is kept beside it, under a
// generation of its own each time; the restored tables are as good as new.
func TestRestoreReplacesAndKeeps(t *testing.T) {
	url := pgtest.New(t)
	found(t, url, "alice")
	file, info := dump(t, url)
	if stat, err := os.Stat(file); err != nil || stat.Mode() != 0o600 || info.Major != 15 || info.Namespace != "public" || info.Schema == 0 {
		t.Errorf("copy %v, %v, %+v", stat, err, info)
	}
	found(t, url, "bob")
	before := query(t, url, "SELECT convert_from(value, 'UTF8') FROM setting WHERE name = 'restore_generation'")
	r := restore(t, url, file, info)
	if got := users(t, url); got != "alice" {
		t.Errorf("users %q, want those of the copy", got)
	}
	if got := query(t, url, "SELECT string_agg(name, ' ' ORDER BY name) FROM "+r.Aside+".actor"); got != "alice bob pivotal" {
		t.Errorf("kept users %q", got)
	}
	first := query(t, url, "SELECT convert_from(value, 'UTF8') FROM setting WHERE name = 'restore_generation'")
	if first != fmt.Sprint(r.Generation) || first == before {
		t.Errorf("generation %s after %s, want %d", first, before, r.Generation)
	}
	exec(t, url, "DELETE FROM actor WHERE name = 'alice'")
	second := restore(t, url, file, info) // the clock stands still
	if second.Generation <= r.Generation || users(t, url) != "alice" {
		t.Errorf("generation %d after %d, users %q", second.Generation, r.Generation, users(t, url))
	}
	found(t, url, "carl") // ids go on, constraints hold
	s := open(t, url)
	defer s.Close()
	if schema, err := s.Schema(t.Context()); err != nil || schema.Version != info.Schema {
		t.Errorf("schema %+v, %v", schema, err)
	}
}

// Whatever names and passwords there are, and however the server is reached.
func TestUnusualPlaces(t *testing.T) {
	secure := pgtest.StartSecure(t)
	const role, password, database = `o'brien "chef"`, `p@ss:w/o?r#d %41'"\ = $HOME `, `we "quote" o'brien = x`
	secure.CreateOwned(t, role, password, database)
	secure.CreateOwned(t, "other", "x", "other")
	tls := url.Values{"sslmode": {"verify-full"}, "sslrootcert": {secure.CA}}
	from := secure.SecureURL("localhost", role, password, database, tls)
	found(t, from, "alice")
	file, info := dump(t, from)
	found(t, from, "bob")
	restore(t, from, file, info)
	if got := users(t, from); got != "alice" {
		t.Errorf("users %q", got)
	}
	addresses := map[string]string{
		"IPv4":   secure.SecureURL("127.0.0.1", "other", "x", "other", url.Values{"sslmode": {"require"}}),
		"IPv6":   secure.SecureURL("::1", "other", "x", "other", url.Values{"sslmode": {"verify-ca"}, "sslrootcert": {secure.CA}}),
		"socket": strings.Replace(secure.URL("other"), "postgres@", "other@", 1),
		"several hosts": strings.Replace(secure.SecureURL("localhost", "other", "x", "other", tls), "localhost:"+secure.Port,
			"localhost:1,localhost:"+secure.Port, 1),
		"settings": secure.SecureURL("localhost", "other", "x", "other",
			url.Values{"sslmode": {"require"}, "work_mem": {"5MB"}, "statement_timeout": {"1"}, "application_name": {"it's us"}}),
	}
	for name, to := range addresses {
		t.Run(name, func(t *testing.T) {
			restore(t, to, file, info)
			if got := users(t, addresses["socket"]); got != "alice" {
				t.Errorf("users %q", got)
			}
			exec(t, addresses["socket"], "DELETE FROM actor WHERE name = 'alice'")
		})
	}
	wrong := secure.SecureURL("127.0.0.1", role, password, database, tls)
	if _, err := at(t, wrong).Dump(t.Context(), filepath.Join(t.TempDir(), "x"), nil); err == nil || strings.Contains(err.Error(), "p@ss") {
		t.Errorf("a server of another name: %v", err)
	}
}

// What cannot be restored is refused with what to do, and changes nothing.
func TestRefusals(t *testing.T) {
	to := pgtest.New(t)
	found(t, to, "alice")
	file, info := dump(t, to)
	foreign := pgtest.New(t)
	exec(t, foreign, "CREATE TABLE theirs ()")
	cut := filepath.Join(t.TempDir(), "cut")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, whole[:100], 0o600); err != nil {
		t.Fatal(err)
	}
	newer, elsewhere, ahead := info, info, info
	newer.Major, elsewhere.Namespace, ahead.Schema = 99, "theirs", info.Schema+9
	for name, test := range map[string]struct {
		url, file string
		info      pgdump.Info
		want      error
		advice    string
	}{
		"tables of others":  {foreign, file, info, pgdump.ErrForeign, "Name an empty database"},
		"newer PostgreSQL":  {to, file, newer, pgdump.ErrVersion, "into PostgreSQL 99 or newer"},
		"another namespace": {to, file, elsewhere, nil, "set search_path"},
		"a newer release":   {to, file, ahead, nil, "install the release"},
		"half a copy":       {to, cut, info, pgdump.ErrDamaged, ""},
	} {
		_, err := at(t, test.url).Prepare(t.Context(), test.file, test.info, now)
		if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.advice) {
			t.Errorf("%s: %v; want %v, %s", name, err, test.want, test.advice)
		}
	}
	without := at(t, to)
	without.Dirs = []string{t.TempDir()}
	_, err = without.Dump(t.Context(), filepath.Join(t.TempDir(), "x"), nil)
	if !errors.Is(err, pgdump.ErrVersion) || !strings.Contains(err.Error(), "Install postgresql-client-15") {
		t.Errorf("no programs: %v", err)
	}
	if got := users(t, to); got != "alice" {
		t.Errorf("users %q", got)
	}
}

var connected = regexp.MustCompile(`tournant [0-9a-f]{16} from its host`)

// Nobody may be connected, from the look at it to the end.
func TestUsedDatabaseIsRefused(t *testing.T) {
	url := pgtest.New(t)
	found(t, url, "alice")
	file, info := dump(t, url)
	r, err := at(t, url).Prepare(t.Context(), file, info, now)
	if err != nil {
		t.Fatal(err)
	}
	s := open(t, url)
	if err := r.Run(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "in use again") {
		t.Errorf("a server came in between: %v", err)
	}
	addUser(t, s, "bob") // nothing is locked
	if _, err := at(t, url).Prepare(t.Context(), file, info, now); !errors.Is(err, pgdump.ErrInUse) || !connected.MatchString(err.Error()) {
		t.Errorf("with a server: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := users(t, url); got != "alice bob" {
		t.Errorf("users %q", got)
	}
	restore(t, url, file, info)
}

// programs are PostgreSQL's, one of them behind a script.
func programs(t *testing.T, wrapped, script string) []string {
	t.Helper()
	dir := t.TempDir()
	const real = "/usr/lib/postgresql/15/bin/"
	for _, name := range []string{"pg_dump", "pg_restore", "psql"} {
		if name != wrapped {
			if err := os.Symlink(real+name, filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		text := "#!/bin/sh\ncase \"$*\" in *--version*|*--list*) exec " + real + name + " \"$@\";; esac\nreal=" + real + name + "\n" + script + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return []string{dir}
}

// A disk that is full is what the error says.
func TestFullDisk(t *testing.T) {
	url := pgtest.New(t)
	found(t, url)
	d := at(t, url)
	d.Dirs = programs(t, "pg_dump", `exec "$real" "$@" >/dev/full`)
	if _, err := d.Dump(t.Context(), filepath.Join(t.TempDir(), "x"), nil); err == nil || !strings.Contains(err.Error(), "No space left on device") {
		t.Errorf("%v", err)
	}
}

// Whichever program dies, and wherever, the old state stays.
func TestBrokenOffRestore(t *testing.T) {
	url := pgtest.New(t)
	found(t, url, "alice")
	file, info := dump(t, url)
	found(t, url, "bob")
	for name, wrapped := range map[string][2]string{
		"the copy is read halfway":       {"pg_restore", `"$real" "$@" | head -c 9000`},
		"and its reader fails":           {"pg_restore", `"$real" "$@" | head -c 30000; exit 1`},
		"the reader is killed":           {"pg_restore", `"$real" "$@" | head -c 9000; kill -9 $$`},
		"the session is killed":          {"psql", `head -c 9000 | "$real" "$@"; kill -9 $$`},
		"the session is told to end":     {"psql", `kill -TERM $$`},
		"the session ends before COMMIT": {"psql", `grep -v '^COMMIT;' | "$real" "$@"`},
	} {
		t.Run(name, func(t *testing.T) {
			d := at(t, url)
			d.Dirs = programs(t, wrapped[0], wrapped[1])
			r, err := d.Prepare(t.Context(), file, info, now)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Run(t.Context(), nil); err == nil || errors.Is(err, pgdump.ErrUncertain) {
				t.Errorf("error %v", err)
			}
			if got := users(t, url); got != "alice bob" {
				t.Errorf("users %q", got)
			}
		})
	}
}

// A restore whose last answer is lost is recognized.
func TestLostAnswer(t *testing.T) {
	url := pgtest.New(t)
	found(t, url, "alice")
	file, info := dump(t, url)
	d := at(t, url)
	d.Dirs = programs(t, "psql", `"$real" "$@"; exit 2`)
	r, err := d.Prepare(t.Context(), file, info, now)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Run(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// The end of the caller is the end of the programs, within the time that they
// have to say good-bye; so is that of a time limit.
func TestEndOfTheCaller(t *testing.T) {
	url := pgtest.New(t)
	found(t, url, "alice")
	file, info := dump(t, url)
	hangs := programs(t, "pg_restore", `exec sleep 600`)
	for name, cut := range map[string]func(*pgdump.Database) (context.Context, context.CancelFunc){
		"cancelled": func(*pgdump.Database) (context.Context, context.CancelFunc) {
			return context.WithTimeout(t.Context(), 200*time.Millisecond)
		},
		"timeout": func(d *pgdump.Database) (context.Context, context.CancelFunc) {
			d.Timeout = time.Second
			return context.WithCancel(t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := at(t, url)
			d.Dirs = hangs
			r, err := d.Prepare(t.Context(), file, info, now)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := cut(d)
			defer cancel()
			if err := r.Run(ctx, nil); err == nil {
				t.Error("no error")
			} else if t.Logf("%v", err); name == "timeout" && !strings.Contains(err.Error(), "longer than 1s") {
				t.Errorf("error %v", err)
			}
		})
	}
	if got := users(t, url); got != "alice" {
		t.Errorf("users %q", got)
	}
}

// The password is nowhere that others can look.
func TestPasswordIsNoArgument(t *testing.T) {
	secure := pgtest.StartSecure(t)
	secure.CreateOwned(t, "chef", "s3cret", "chef")
	from := secure.SecureURL("localhost", "chef", "s3cret", "chef", url.Values{"sslmode": {"require"}})
	found(t, from)
	seen := filepath.Join(t.TempDir(), "seen")
	d := at(t, from)
	d.Dirs = programs(t, "pg_dump", `echo "$@" >`+seen+`; exec "$real" "$@"`)
	if _, err := d.Dump(t.Context(), filepath.Join(t.TempDir(), "x"), nil); err != nil {
		t.Fatal(err)
	}
	args, err := os.ReadFile(seen)
	if err != nil || strings.Contains(string(args), "s3cret") || !strings.Contains(string(args), "user='chef'") {
		t.Errorf("arguments %s, %v", args, err)
	}
	if strings.Contains(d.String(), "s3cret") {
		t.Errorf("name %s", d)
	}
	bad, err := pgdump.At(strings.Replace(from, "s3cret", "wr0ng", 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bad.Inspect(t.Context()); err == nil || strings.Contains(err.Error(), "wr0ng") {
		t.Errorf("wrong password: %v", err)
	}
	if _, err := pgdump.At("postgres://chef:s3cret@[::1/x"); err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("no URL: %v", err)
	}
}
