package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tournant/internal/ctl"
	"tournant/internal/pgtest"
)

// step is one command of a scenario, with $DIR for a directory of its own. out
// and err are patterns that the whole of standard output and some of standard
// error must match.
type step struct {
	command string
	in      string
	code    int
	out     string
	err     string
}

const (
	anyKey = `-----BEGIN RSA PRIVATE KEY-----\n(?s:.+)-----END RSA PRIVATE KEY-----\n`
	user   = `user-create alice Alice Archer alice@example.com s3cret-word`
)

// administration is what an administrator does, and gets wrong.
var administration = []step{
	{command: "org-list"},
	{command: user + " -f $DIR/alice.pem", err: "^Created alice$"},
	{command: user, code: 100, err: "Conflict\nResponse: Username or email address already in use."},
	{command: "user-create bob Bob Q Brown bob@example.com --password-file -", in: "s3cret-word\n", out: anyKey, err: "^Created bob$"},
	{command: "user-create carl --email carl@example.com -k --password s3cret-word --orgname nowhere", code: 100, err: "organization 'nowhere' does not exist."},
	{command: "user-create dora Dora", code: 1, err: "^FATAL: You must specify USERNAME FIRST_NAME"},
	{command: "user-create dora Dora D d@example.com -p", code: 1, err: "no terminal"},
	{command: "user-list", out: "alice\nbob\npivotal\n"},
	{command: "user-list -w", out: `alice:   \S+/users/alice\nbob:     \S+/users/bob\npivotal: \S+/users/pivotal\n`},
	{command: "user-list --bogus", code: 1, err: "^Error: Invalid argument --bogus detected."},
	{command: "org-create acme 'Acme, Inc.' --association_user alice -f $DIR/validator.pem", err: "^Created acme$"},
	{command: "org-create acme Acme --association_user nobody", code: 100, err: "Could not find user nobody"},
	{command: "org-create acme", code: 1, err: "^FATAL: You must specify an ORG_NAME and an ORG_FULL_NAME"},
	{command: "org-create acme Again -f $DIR/again.pem", code: 100, err: "Organization already exists"},
	{command: "org-list", out: "acme\n"},
	{command: "org-list surplus", code: 2, err: "^The command org-list does not accept any arguments$"},
	{command: "org-show acme", out: `full_name: Acme, Inc.\nguid:      [0-9a-f]{32}\nname:      acme\n`},
	{command: "org-show acme -F json", out: `{\n  "name": "acme",\n  "full_name": "Acme, Inc.",\n  "guid": "[0-9a-f]{32}"\n}\n`},
	{command: "org-show nowhere", code: 100, err: "ERROR: The object you are looking for could not be found"},
	{command: "org-user-add acme bob", out: ""},
	{command: "org-user-add acme bob --admin", out: "User bob already associated with organization acme\nUser bob is added to admins and billing-admins group\n"},
	{command: "org-user-remove acme bob", code: 1, err: "Re-run this command with --force"},
	{command: "org-user-remove acme bob --force"},
	{command: "org-user-remove acme bob", code: 1, err: "^User bob is not associated with organization acme$"},
	{command: "org-user-remove acme alice --force", code: 1, err: "would leave it empty"},
	{command: "user-show alice --with-orgs", out: `display_name:  Alice Archer\nemail:         alice@example.com\nfirst_name:    Alice\nlast_name:     Archer\norganizations: acme\nusername:      alice\n`},
	{command: "user-edit alice --input $DIR/alice.json", out: "Saved alice.\n"},
	{command: "user-edit alice", out: "User unchanged, not saving.\n"},
	{command: "user-show alice", out: `display_name: Al\nemail:        al@example.com\n(?s:.*)`},
	{command: "password alice --password-file -", in: "another-word\n", out: "User's password has been updated.\n"},
	{command: "password alice --password-file -", in: "short\n", code: 100, err: "at least 6 characters"},
	{command: "password alice --enable-external-auth", code: 1, err: "must be enabled to clear"},
	{command: "add-user-key alice -k laptop -e 2040-01-01T00:00:00Z", out: `New private key for key named laptop \(please store, it is not saved in the database\):\n` + anyKey},
	{command: "add-user-key alice -k laptop -f $DIR/laptop.pem", code: 1, err: "^Error: A key named laptop already exists for user alice.$"},
	{command: "add-user-key alice -e -k", code: 1, err: "^Error: Missing valid input for argument --expiration-date.$"},
	{command: "add-user-key alice -k x -e tomorrow", code: 1, err: "valid ISO 8601"},
	{command: "add-user-key alice", code: 1, err: "You did not pass --public-key-path or --key-name."},
	{command: "add-user-key", code: 1, err: "You forgot to pass USERNAME, which should have been argument number 1."},
	{command: "list-user-keys alice", out: "\nname: default\nexpired: false\n\nname: laptop\nexpired: false\n"},
	{command: "list-user-keys alice -v", out: `(?s:.*)\nname: laptop\nexpiration_date: 2040-01-01T00:00:00Z\npublic_key:\n-----BEGIN PUBLIC KEY-----\n(?s:.*)`},
	{command: "list-client-keys acme acme-validator", out: "\nname: default\nexpired: false\n"},
	{command: "list-client-keys acme nobody", code: 1, err: "^Error: Could not find client nobody in org acme.$"},
	{command: "add-client-key acme acme-validator -k second -f $DIR/second.pem"},
	{command: "delete-client-key acme acme-validator second"},
	{command: "delete-client-key acme acme-validator second", code: 1, err: "^Error: Could not find key second for client acme-validator in org acme.$"},
	{command: "delete-user-key alice", code: 1, err: "You forgot to pass KEYNAME, which should have been argument number 2."},
	{command: "delete-user-key alice laptop"},
	{command: "list-server-admins", out: "pivotal\n"},
	{command: "list-server-admins x", code: 1, err: "^This command does not accept arguments.$"},
	{command: "grant-server-admin-permissions bob", out: "User bob was added to server-admins. (?s:.*)"},
	{command: "grant-server-admin-permissions nobody", code: 1, err: "^User nobody was not found.$"},
	{command: "list-server-admins", out: "bob\npivotal\n"},
	{command: "remove-server-admin-permissions bob", out: "User bob was removed from the server-admins group. (?s:.*)"},
	{command: "remove-server-admin-permissions bob", code: 1, err: "is not a member of server-admins so it cannot be removed.$"},
	{command: "remove-server-admin-permissions pivotal", code: 1, err: "^You cannot remove the base superuser pivotal from server-admins.$"},
	{command: "reindex acme", out: "Reindexing orgs: acme\n"},
	{command: "reindex --all-orgs -t", out: `Reindexing all organizations\n\d+\.\d+ seconds to reindex.\n`},
	{command: "reindex", code: 1, err: "^Please specify an organization to reindex or use the --all-orgs flag$"},
	{command: "user-delete alice", in: "maybe\nN\n", code: 3, out: `(?s:.*)Just say Y or N, please.\n(?s:.*)You said no, so I'm done here.\n`},
	{command: "user-delete alice -y", code: 1, err: "Run this command again with the --remove-from-admin-groups option"},
	{command: "user-delete alice -y -R", code: 1, err: "alice is the only member of the 'admins' group"},
	{command: "user-delete bob", in: "y\n", out: `Do you want to delete the user bob\? \(Y/N\) `, err: "Deleting user bob."},
	{command: "org-delete acme", in: "", code: 3, out: "(?s:.*)", err: "nothing was changed"},
	{command: "org-delete acme -y", out: "full_name: Acme, Inc.\nguid:      [0-9a-f]{32}\nname:      acme\n"},
	{command: "user-list", out: "alice\npivotal\n"},
	{command: "frobnicate", code: 1, out: "I don't know that command.\n(?s:.*)"},
	{command: "org-lst", code: 1, out: "I don't know that command.\nDid you mean: org-list(?s:.*)"},
	{command: "version", out: "0.0.0-dev\n"},
	{command: "help org-create", out: `Create an organization(?s:.*)`},
	{command: "gather-logs -o $DIR/logs.tgz", out: `\S+/logs.tgz\n`},
}

func TestCtlOnARunningServer(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, at place) {
		stop := startServer(t, at, "self-signed")
		defer stop()
		play(t, at, append(administration, step{command: "status", out: `run: tournant: \(pid \d+\) \d+s\n`}))
	})
}

func TestCtlOnADatabase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, at place) {
		startServer(t, at, "off")()
		play(t, at, append(administration, step{command: "status", code: 3, out: "down: tournant\n"}))
	})
}

func TestCtlWithoutAServer(t *testing.T) {
	play(t, place{data: t.TempDir()}, []step{
		{command: "org-list", code: 1, err: "^There is no server in"},
		{command: "status", code: 1, err: "^There is no server in"},
		{command: "backup", code: 1, err: "^There is no server in"},
		{command: "restore $DIR/absent", code: 1, err: "no such file"},
	})
}

// place is where a server's state is: a directory, and a database elsewhere if
// there is one.
type place struct{ data, database string }

// getenv is the environment of the place: its database, and an editor that
// changes nothing.
func (p place) getenv(name string) string {
	if name == ctl.DatabaseVariable {
		return p.database
	}
	return "true"
}

// onEach runs a test at an empty place of each kind.
func onEach(t *testing.T, test func(*testing.T, place)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, place{data: t.TempDir()}) })
	t.Run("postgres", func(t *testing.T) { test(t, place{data: t.TempDir(), database: pgtest.New(t)}) })
}

// startServer runs a server and returns what stops it.
func startServer(t *testing.T, at place, tls string) (stop func()) {
	t.Helper()
	o := serveOptions{data: at.data, database: at.database, listen: "127.0.0.1:0", tls: tls, maxBody: defaultMaxBody, now: time.Now}
	s, err := openServer(t.Context(), o, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return runServer(t, s)
}

// runServer runs a server and returns what stops it.
func runServer(t *testing.T, s *server) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- s.Run(ctx) }()
	return func() {
		cancel()
		if err := <-stopped; err != nil {
			t.Errorf("stop: %v", err)
		}
	}
}

func play(t *testing.T, at place, steps []step) {
	t.Helper()
	dir := t.TempDir()
	edited := `{"username":"alice","display_name":"Al","email":"al@example.com"}`
	if err := os.WriteFile(filepath.Join(dir, "alice.json"), []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, s := range steps {
		code, stdout, stderr := runCtl(t, at, strings.ReplaceAll(s.command, "$DIR", dir), s.in)
		if code != s.code {
			t.Errorf("%s: exit code %d, want %d; it said:\n%s%s", s.command, code, s.code, stdout, stderr)
		}
		if !regexp.MustCompile(`\A(?:` + s.out + `)\z`).MatchString(stdout) {
			t.Errorf("%s: printed\n%s\nwant\n%s", s.command, stdout, s.out)
		}
		if !regexp.MustCompile("(?m)" + s.err).MatchString(stderr) {
			t.Errorf("%s: standard error\n%s\nwant\n%s", s.command, stderr, s.err)
		}
	}
	for _, name := range []string{"alice.pem", "validator.pem", "second.pem", "logs.tgz"} {
		if info, err := os.Stat(filepath.Join(dir, name)); len(steps) > 10 && (err != nil || info.Mode() != 0o600) {
			t.Errorf("%s: %v, %v, want mode 0600", name, info, err)
		}
	}
	for _, name := range []string{"again.pem", "laptop.pem"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was left behind by a command that failed", name)
		}
	}
}

// runCtl runs a command, whose arguments are parted by spaces except within
// single quotes.
func runCtl(t *testing.T, at place, command, in string) (code int, stdout, stderr string) {
	t.Helper()
	var args []string
	for i, part := range strings.Split(command, "'") {
		if i%2 == 1 {
			args = append(args, part)
			continue
		}
		args = append(args, strings.Fields(part)...)
	}
	var out, errs bytes.Buffer
	env := ctl.Env{
		Stdin: strings.NewReader(in), Stdout: &out, Stderr: &errs, Now: time.Now, Version: version, Commit: commit,
		Getenv: at.getenv, Open: openOffline,
	}
	code = ctl.Run(t.Context(), env, append(args, "--data", at.data))
	return code, out.String(), errs.String()
}
