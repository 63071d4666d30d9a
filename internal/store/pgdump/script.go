package pgdump

import (
	"strconv"
	"strings"

	"tournant/internal/store"
)

// before begins the transaction: it moves what is there aside, by which it
// holds every table, and only then looks once more whether anybody else is
// connected. Who connects later waits, and finds the new database.
func (r *Restoring) before() string {
	return fill(`
SET standard_conforming_strings = on;
SET synchronous_commit = on;
BEGIN;
SET LOCAL lock_timeout = '20s';
DO $restore$
DECLARE
	name text;
BEGIN
	IF @aside <> '' THEN
		EXECUTE format('CREATE SCHEMA %I', @aside);
	END IF;
	FOR name IN
		SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = @namespace AND c.relkind IN ('r', 'p')
	LOOP
		EXECUTE format('ALTER TABLE %I.%I SET SCHEMA %I', @namespace, name, @aside);
	END LOOP;
	IF EXISTS (SELECT`+others+`) THEN
		RAISE EXCEPTION 'the database is in use again: stop the servers on all hosts';
	END IF;
END
$restore$;
`, r.words())
}

// after gives what was loaded a generation of its own, has its statistics made,
// and commits.
func (r *Restoring) after() string {
	return fill(`
DO $restore$
DECLARE
	name text;
	found bigint;
BEGIN
	EXECUTE format('UPDATE %I.setting SET value = convert_to(%L, ''UTF8'') WHERE name = %L', @namespace, @generation, @setting);
	GET DIAGNOSTICS found = ROW_COUNT;
	IF found <> 1 THEN
		RAISE EXCEPTION 'the copy has no restore generation: it is not of a database that a server has used';
	END IF;
	FOR name IN
		SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		WHERE n.nspname = @namespace AND c.relkind = 'r'
	LOOP
		EXECUTE format('ANALYZE %I.%I', @namespace, name);
	END LOOP;
END
$restore$;
COMMIT;
`, r.words())
}

func (r *Restoring) words() map[string]string {
	return map[string]string{
		"@aside": r.Aside, "@namespace": r.target.Namespace,
		"@generation": strconv.FormatInt(r.Generation, 10), "@setting": store.SettingRestore,
	}
}

// fill puts literals in place of words.
func fill(text string, words map[string]string) string {
	var pairs []string
	for word, value := range words {
		pairs = append(pairs, word, "'"+strings.ReplaceAll(value, "'", "''")+"'")
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
