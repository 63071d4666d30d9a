package store

import (
	"context"
	"database/sql"
	"time"
)

// DefaultKey is the name of the key that an actor is born with.
const DefaultKey = "default"

// Key is a public key of an actor. A zero Expires is "infinity".
type Key struct {
	Name      string
	PublicKey string // PEM
	Expires   time.Time
}

// Expired reports whether the key is past its date at now.
func (k Key) Expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

func scanKey(scan func(...any) error) (Key, error) {
	var k Key
	var expires sql.NullInt64
	err := scan(&k.Name, &k.PublicKey, &expires)
	if expires.Valid {
		k.Expires = time.Unix(expires.Int64, 0).UTC()
	}
	return k, err
}

// Keys returns the keys of an actor in order of name.
func (s *Store) Keys(ctx context.Context, actor int64) ([]Key, error) {
	rows := s.query(ctx, "SELECT name, public_key, expires_at FROM actor_key WHERE actor_id = ? ORDER BY name", actor)
	return collect(rows, func(rows *sql.Rows) (Key, error) { return scanKey(rows.Scan) })
}

// Key returns one key of an actor, or ErrNotFound.
func (s *Store) Key(ctx context.Context, actor int64, name string) (Key, error) {
	return scanKey(func(dest ...any) error {
		return s.queryRow(ctx, "SELECT name, public_key, expires_at FROM actor_key WHERE actor_id = ? AND name = ?",
			[]any{actor, name}, dest...)
	})
}

func (k Key) expiry() sql.NullInt64 {
	return sql.NullInt64{Int64: k.Expires.Unix(), Valid: !k.Expires.IsZero()}
}

func (tx *Tx) insertKey(ctx context.Context, actor int64, k Key) error {
	_, err := tx.exec(ctx, "INSERT INTO actor_key (actor_id, name, public_key, expires_at) VALUES (?, ?, ?, ?)",
		actor, k.Name, k.PublicKey, k.expiry())
	return err
}

// AddKey gives an actor a key. A taken name is ErrExists.
func (tx *Tx) AddKey(ctx context.Context, a *Actor, k Key) error {
	if err := tx.noteCurrent(ctx, a.ID, false); err != nil {
		return err
	}
	return tx.insertKey(ctx, a.ID, k)
}

// PutKey gives an actor a key, in place of one of the same name.
func (tx *Tx) PutKey(ctx context.Context, a *Actor, k Key) error {
	if err := tx.noteCurrent(ctx, a.ID, false); err != nil {
		return err
	}
	_, err := tx.exec(ctx, `
		INSERT INTO actor_key (actor_id, name, public_key, expires_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (actor_id, name) DO UPDATE SET public_key = excluded.public_key, expires_at = excluded.expires_at`,
		a.ID, k.Name, k.PublicKey, k.expiry())
	return err
}

// ChangeKey makes a key of the one called name as it is now. A missing key is
// ErrNotFound, a taken new name ErrExists.
func (tx *Tx) ChangeKey(ctx context.Context, a *Actor, name string, change func(Key) Key) error {
	if err := tx.noteCurrent(ctx, a.ID, false); err != nil {
		return err
	}
	now, err := scanKey(func(dest ...any) error {
		return tx.queryRow(ctx, "SELECT name, public_key, expires_at FROM actor_key WHERE actor_id = ? AND name = ?",
			[]any{a.ID, name}, dest...)
	})
	if err != nil {
		return err
	}
	k := change(now)
	return changed(tx.exec(ctx, "UPDATE actor_key SET name = ?, public_key = ?, expires_at = ? WHERE actor_id = ? AND name = ?",
		k.Name, k.PublicKey, k.expiry(), a.ID, name))
}

// DeleteKey removes a key. A missing one is ErrNotFound.
func (tx *Tx) DeleteKey(ctx context.Context, a *Actor, name string) error {
	if err := tx.noteCurrent(ctx, a.ID, false); err != nil {
		return err
	}
	return changed(tx.exec(ctx, "DELETE FROM actor_key WHERE actor_id = ? AND name = ?", a.ID, name))
}
