package store

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
)

// database is one of the two kinds of database that a Store can be over. The
// statements of the nouns' files are written once, in what both understand,
// but for these words:
//
//	?         a value
//	?ids      SELECT value: the ids of an idList, which is one parameter
//	?names    SELECT value: the strings of a nameList or a stringList
//	?triples  SELECT a, b, c: the strings of a tripleList
//	FOR NO KEY UPDATE, see locked
type database interface {
	reader

	// begin starts a transaction that writes. Each statement of it sees what
	// was committed before the statement, and only locked rows stay as read.
	// If a transaction with this id was committed before, it returns
	// errHappened, having waited for one that is under way. One that grows what
	// is stored begins where there is room for it alone: see room.
	begin(ctx context.Context, id writeID, grows bool) (transaction, error)

	// room returns errFull if the disk is nearly full.
	room(ctx context.Context) error

	// full reports whether an error says that there was no room.
	full(err error) bool

	// forget removes the ids of writes that nobody runs again.
	forget(ctx context.Context) error

	// snapshot starts a transaction that reads, all of it as of one moment.
	snapshot(ctx context.Context) (view, error)

	// meaning is what the error of a statement means: ErrExists if a name is
	// taken, ErrOvertaken if what a row refers to has been deleted, else nil.
	meaning(err error) error

	// passing reports whether a write that ended with an error may do better
	// when it is run again.
	passing(err error) bool

	ping(ctx context.Context) error

	// schema asks the database for the version of its schema.
	schema(ctx context.Context) (int64, error)

	pools() []Pool
	checkpoint(ctx context.Context) error
	checkIntegrity(ctx context.Context) error
	close() error
}

// reader runs statements that read.
type reader interface {
	query(ctx context.Context, text string, args ...any) (*sql.Rows, error)

	// queryRow scans one row; none is sql.ErrNoRows.
	queryRow(ctx context.Context, text string, args []any, dest ...any) error
}

// view is a transaction under way. Exactly one call of end ends it.
type view interface {
	reader
	end(ctx context.Context) error
}

// transaction is a view that can change. Its end undoes it unless commit has
// succeeded.
type transaction interface {
	view
	exec(ctx context.Context, text string, args ...any) (sql.Result, error)

	// advance advances the head that a change belongs to, appends the change
	// to the log, and returns its number there.
	advance(ctx context.Context, c *change, at int64) (seq int64, err error)

	commit(ctx context.Context) error
}

// locked ends a SELECT within a Tx: until the transaction ends, others neither
// change nor delete the rows that it returns, nor lock them. Whoever decides on
// a row locks it first; SQLite, which has one writer, need not be told.
const locked = " FOR NO KEY UPDATE"

var words = regexp.MustCompile(`\?(?:ids|names|triples)?|` + locked)

// translate replaces the words that databases do not share. n counts the
// parameters from 1.
func translate(text string, say func(word string, n int) string) string {
	n := 0
	return words.ReplaceAllStringFunc(text, func(word string) string {
		if word != locked {
			n++
		}
		return say(word, n)
	})
}

// sqlTx is a transaction of package database/sql. say puts a statement into
// the database's own words.
type sqlTx struct {
	tx  *sql.Tx
	say func(text string, args []any) (string, []any)
}

func (t sqlTx) query(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	text, args = t.say(text, args)
	return t.tx.QueryContext(ctx, text, args...)
}

func (t sqlTx) queryRow(ctx context.Context, text string, args []any, dest ...any) error {
	text, args = t.say(text, args)
	return t.tx.QueryRowContext(ctx, text, args...).Scan(dest...)
}

func (t sqlTx) exec(ctx context.Context, text string, args ...any) (sql.Result, error) {
	text, args = t.say(text, args)
	return t.tx.ExecContext(ctx, text, args...)
}

func (t sqlTx) end(context.Context) error {
	if err := t.tx.Rollback(); !errors.Is(err, sql.ErrTxDone) {
		return err
	}
	return nil
}
