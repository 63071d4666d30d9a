package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tournant/internal/apiclient"
	"tournant/internal/ctl"
	"tournant/internal/datadir"
)

const migrations = "internal/store/migrations/sqlite"

// Servers are replaced one by one while others run, and the schema changes in
// between. The release before is the commit before the newest migration: it
// works on the schema that we make, and we work on the one that it made, also
// while that is upgraded. Each is held to what its own tests say.
func TestReleasesShareADatabase(t *testing.T) {
	before := checkOut(t, commitBefore(t, newestMigration(t)))
	program := filepath.Join(t.TempDir(), "tournant")
	shell(t, before, "env", "CGO_ENABLED=0", "go", "build", "-trimpath", "-o", program, "./cmd/tournant") // as make build does, whose cache it shares
	for _, kind := range []string{"sqlite", "postgres"} {
		t.Run("the one before on our schema, "+kind, func(t *testing.T) {
			dir, flags := t.TempDir(), flagsOf(t, kind)
			startProcess(t, dir, flags...).stop(t)
			p := startProgram(t, program, dir, flags...)
			shell(t, before, "go", "test", "-count=1", "./conformance", "-run", "^TestServer$", "-url", p.url,
				"-key", filepath.Join(dir, datadir.SuperuserKey), "-webui-key", filepath.Join(dir, datadir.WebUIKey))
			p.stop(t)
		})
		t.Run("we on the schema of the one before, "+kind, func(t *testing.T) {
			dir, flags := t.TempDir(), flagsOf(t, kind)
			startProgram(t, program, dir, flags...).stop(t)
			p := startProcess(t, dir, flags...)
			t.Cleanup(func() { upgradeUnder(t, p, flags) }) // the suite runs its nouns after this function
			testConformance(t, p, p.url)
		})
	}
}

// upgradeUnder upgrades a database from the schema before: of a server that
// goes on if others may use it, else of one that is stopped.
func upgradeUnder(t *testing.T, p *process, flags []string) {
	t.Helper()
	env := ctlEnv()
	var out bytes.Buffer
	env.Stdout, env.Stderr, env.Getenv = &out, &out, func(string) string { return "" }
	if len(flags) == 0 {
		if code := ctl.Run(context.Background(), env, []string{"upgrade", "--data", p.dir}); code != 1 || !strings.Contains(out.String(), "stop its server first") {
			t.Errorf("upgrade under a server on SQLite: %d, %s", code, out.String())
		}
		p.stop(t)
	} else {
		url, err := os.ReadFile(flags[1])
		if err != nil {
			t.Fatal(err)
		}
		env.Getenv = func(string) string { return strings.TrimSpace(string(url)) }
	}
	for _, want := range []string{"Upgraded the database from schema ", "There is nothing to do."} {
		out.Reset()
		if code := ctl.Run(context.Background(), env, []string{"upgrade", "--data", p.dir}); code != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("upgrade: %d, %s; want %s", code, out.String(), want)
		}
	}
	if len(flags) == 0 {
		p = startProcess(t, p.dir)
	}
	var orgs map[string]string
	api := &apiclient.Client{Base: p.url, Signer: p.superuser(t), HTTP: apiclient.Plain()}
	if err := api.Call(context.Background(), "GET", "/organizations", nil, &orgs); err != nil {
		t.Errorf("after the upgrade: %v", err)
	}
	p.stop(t)
}

// flagsOf are the flags of a server over a new database.
func flagsOf(t *testing.T, kind string) []string {
	t.Helper()
	if kind == "sqlite" {
		return nil
	}
	return []string{"--database-file", databaseFile(t)}
}

// newestMigration returns the name of its file.
func newestMigration(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", migrations, "*.sql"))
	if err != nil || len(files) < 2 {
		t.Fatalf("migrations: %v, %v", files, err)
	}
	return filepath.Base(slices.Max(files))
}

// commitBefore returns the commit before the one that added a migration: the
// present one while nobody has committed it.
func commitBefore(t *testing.T, migration string) string {
	t.Helper()
	added := shell(t, "../..", "git", "log", "--diff-filter=A", "--format=%H", "-1", "--", migrations+"/"+migration)
	if added == "" {
		return shell(t, "../..", "git", "rev-parse", "HEAD")
	}
	commit, err := output(t, "../..", "git", "rev-parse", "--verify", "--quiet", added+"^")
	if err != nil {
		t.Fatalf("The history ends at %s, which has %s already. This test builds the release before it: git fetch --unshallow", added, migration)
	}
	return commit
}

// checkOut puts the files of a commit into a directory of their own.
func checkOut(t *testing.T, commit string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	archive := filepath.Join(t.TempDir(), "commit.tar")
	shell(t, "../..", "git", "archive", "--output", archive, commit)
	shell(t, dir, "tar", "-xf", archive)
	return dir
}

// shell runs a program in a directory and returns what it printed.
func shell(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	out, err := output(t, dir, program, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, out)
	}
	return out
}

// otherReleaseTime bounds a build, or a run of the tests, of another commit.
const otherReleaseTime = 10 * time.Minute

func output(t *testing.T, dir, program string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), otherReleaseTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}
