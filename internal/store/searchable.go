package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"tournant/internal/chef"
)

// ErrGap is returned when the change log no longer reaches back to where the
// reader stopped.
var ErrGap = errors.New("change log does not reach back so far")

// ErrBrokenOff is returned for a scan of which a part has been handed out. From
// the start it may do better.
var ErrBrokenOff = errors.New("the scan broke off")

// Change is an entry of an organization's object log.
type Change struct {
	Seq     int64
	Type    chef.ObjectType
	Parent  string
	Name    string
	ID      int64
	Deleted bool
}

// Searchable is an object that search indexes: a row of the object table, or a
// client with its default key.
type Searchable struct {
	Object *Object
	Client *ClientRow
}

// ClientRow is a client with the PEM of its default key, empty if it has none.
type ClientRow struct {
	ID        int64
	OrgName   string
	Name      string
	Validator bool
	PublicKey string
}

// Document is the client as it is indexed and as API version 0 shows it; later
// versions show it without the key.
func (c *ClientRow) Document(withKey bool) []byte {
	var key *string
	if withKey {
		key = &c.PublicKey
	}
	return chef.ClientDocument(c.OrgName, c.Name, c.Validator, key)
}

// DatabaseID tells databases apart, and the restores of one.
func (s *Store) DatabaseID(ctx context.Context) (id string, restore int64, err error) {
	value, err := s.Setting(ctx, settingDatabaseID)
	if err != nil {
		return "", 0, fmt.Errorf("read the database's id: %w", err)
	}
	generation, err := s.Setting(ctx, SettingRestore)
	if err != nil {
		return "", 0, fmt.Errorf("read the restore generation: %w", err)
	}
	restore, err = strconv.ParseInt(string(generation), 10, 64)
	return string(value), restore, err
}

// ObjectChanges returns up to limit entries of an organization's object log
// with Seq above after, in order. ErrGap when entries behind after are gone.
func (s *Store) ObjectChanges(ctx context.Context, org, after int64, limit int) ([]Change, error) {
	changes, err := s.objectChanges(ctx, org, after, limit)
	if err != nil || len(changes) > 0 {
		return changes, err
	}
	head, err := s.objectHead(ctx, org)
	if err != nil || head == after {
		return nil, err
	}
	// The head may have moved since: only a log that does not have what is
	// behind after even now has lost it.
	changes, err = s.objectChanges(ctx, org, after, limit)
	if err == nil && len(changes) == 0 {
		err = ErrGap
	}
	return changes, err
}

func (s *Store) objectChanges(ctx context.Context, org, after int64, limit int) ([]Change, error) {
	rows := s.query(ctx, `
		SELECT seq, type, parent, name, object_id, deleted FROM change
		WHERE org_id = ? AND kind = 0 AND seq > ? ORDER BY seq LIMIT ?`, org, after, limit)
	changes, err := collect(rows, func(rows *sql.Rows) (Change, error) {
		var c Change
		err := rows.Scan(&c.Seq, &c.Type, &c.Parent, &c.Name, &c.ID, &c.Deleted)
		return c, err
	})
	if err != nil {
		return nil, err
	}
	for i, c := range changes {
		if c.Seq != after+int64(i)+1 {
			return nil, ErrGap
		}
	}
	return changes, nil
}

// objectHead returns the head of an organization's object log, 0 if it has none.
func (s *Store) objectHead(ctx context.Context, org int64) (int64, error) {
	var head int64
	err := s.queryRow(ctx, "SELECT seq FROM head WHERE org_id = ? AND kind = 0", []any{org}, &head)
	if errors.Is(err, ErrNotFound) {
		return 0, nil
	}
	return head, err
}

// ObjectsByRef returns the objects at refs, which are all of one organization;
// those that are gone are absent. One statement serves any number.
func (s *Store) ObjectsByRef(ctx context.Context, org int64, refs []Ref) ([]*Object, error) {
	named := make([][3]string, len(refs))
	for i, r := range refs {
		named[i] = [3]string{string(r.Type), r.Parent, r.Name}
	}
	list, err := tripleList(named)
	if err != nil {
		return nil, err
	}
	rows := s.query(ctx, "SELECT "+objectColumns+` FROM object WHERE org_id = ? AND (type, parent, name) IN
		(SELECT a, b, c FROM (?triples) AS named)`, org, list)
	return collect(rows, func(rows *sql.Rows) (*Object, error) { return scanObject(rows.Scan) })
}

const clientRow = `a.id, o.name, a.name, a.validator, coalesce(k.public_key, '')
	FROM actor a JOIN org o ON o.id = a.org_id
	LEFT JOIN actor_key k ON k.actor_id = a.id AND k.name = '` + DefaultKey + "'"

func scanClientRow(rows *sql.Rows) (*ClientRow, error) {
	var c ClientRow
	err := rows.Scan(&c.ID, &c.OrgName, &c.Name, &c.Validator, &c.PublicKey)
	return &c, err
}

// ClientsByName returns an organization's clients with these names; those that
// are gone are absent.
func (s *Store) ClientsByName(ctx context.Context, org int64, names []string) ([]*ClientRow, error) {
	list, err := nameList(names)
	if err != nil {
		return nil, err
	}
	rows := s.query(ctx, "SELECT "+clientRow+`
		WHERE a.org_id = ? AND a.type = 'client' AND a.name IN (?names)`, org, list)
	return collect(rows, scanClientRow)
}

// ClientsByID returns the clients with these ids; those that are gone are
// absent.
func (s *Store) ClientsByID(ctx context.Context, ids []int64) (map[int64]*ClientRow, error) {
	clients, err := collect(s.query(ctx, "SELECT "+clientRow+" WHERE a.id IN (?ids)", idList(ids)), scanClientRow)
	out := make(map[int64]*ClientRow, len(clients))
	for _, c := range clients {
		out[c.ID] = c
	}
	return out, err
}

// ScanSearchable calls fn with everything of an organization that search
// indexes, as of one moment, and returns the object head of that moment. It
// waits while too many others scan. A scan that the database leaves midway is
// ErrBrokenOff.
func (s *Store) ScanSearchable(ctx context.Context, org int64, fn func(Searchable) error) (head int64, err error) {
	select {
	case s.scans <- struct{}{}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	defer func() { <-s.scans }()
	var moment view
	err = s.patiently(ctx, func() error {
		moment, err = s.db.snapshot(ctx)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("begin: %w", err)
	}
	defer func() {
		if err = errors.Join(err, moment.end(ctx)); away(err) {
			err = unavailable(errors.Join(ErrBrokenOff, err))
		}
	}()
	err = moment.queryRow(ctx, "SELECT coalesce((SELECT seq FROM head WHERE org_id = ? AND kind = 0), 0)", []any{org}, &head)
	if err != nil {
		return 0, fmt.Errorf("read head: %w", err)
	}
	rows, err := moment.query(ctx, "SELECT "+objectColumns+` FROM object
		WHERE org_id = ? AND type IN ('node', 'role', 'environment', 'data_bag_item') ORDER BY id`, org)
	if err != nil {
		return 0, fmt.Errorf("scan objects: %w", err)
	}
	err = each(rows, func() error {
		o, err := scanObject(rows.Scan)
		if err != nil {
			return err
		}
		return fn(Searchable{Object: o})
	})
	if err != nil {
		return 0, err
	}
	rows, err = moment.query(ctx, "SELECT "+clientRow+" WHERE a.org_id = ? AND a.type = 'client' ORDER BY a.id", org)
	if err != nil {
		return 0, fmt.Errorf("scan clients: %w", err)
	}
	return head, each(rows, func() error {
		c, err := scanClientRow(rows)
		if err != nil {
			return err
		}
		return fn(Searchable{Client: c})
	})
}

// each calls fn at every row and closes rows.
func each(rows *sql.Rows, fn func() error) error {
	defer rows.Close()
	for rows.Next() {
		if err := fn(); err != nil {
			return err
		}
	}
	return rows.Err()
}
