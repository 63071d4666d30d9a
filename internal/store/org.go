package store

import (
	"context"
	"database/sql"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// Server is the id of the organization that stands for the server itself:
// users, global groups and global containers are its.
const Server int64 = 0

// serverGUID is the guid of Chef's global pseudo organization.
const serverGUID = "00000000000000000000000000000000"

// Org is an organization.
type Org struct {
	ID       int64
	GUID     string
	Name     string
	FullName string
	AuthzID  string
	ACL      authz.ACL
}

// Heads are the change counters that caches and indexes compare themselves
// with: those of the organization and the server's own.
type Heads struct {
	Object int64
	Authz  int64
	Server int64
}

const orgColumns = "o.id, o.guid, o.name, o.full_name, o.authz_id, o.acl"

func scanOrg(scan func(...any) error, more ...any) (*Org, error) {
	var o Org
	var acl string
	err := scan(append([]any{&o.ID, &o.GUID, &o.Name, &o.FullName, &o.AuthzID, &acl}, more...)...)
	if err != nil {
		return nil, err
	}
	o.ACL, err = authz.DecodeACL(acl)
	return &o, err
}

// Org returns the organization called name with its heads as of one moment,
// or ErrNotFound. The server itself has no name that a client can ask for.
func (s *Store) Org(ctx context.Context, name string) (*Org, Heads, error) {
	return s.orgWhere(ctx, "o.name = ?", name)
}

// ServerOrg returns the organization that stands for the server.
func (s *Store) ServerOrg(ctx context.Context) (*Org, Heads, error) {
	return s.orgWhere(ctx, "o.id = ?", Server)
}

func (s *Store) orgWhere(ctx context.Context, where string, arg any) (*Org, Heads, error) {
	var h Heads
	org, err := scanOrg(func(dest ...any) error {
		return s.queryRow(ctx, `
			SELECT `+orgColumns+`,
				coalesce((SELECT seq FROM head WHERE org_id = o.id AND kind = 0), 0),
				coalesce((SELECT seq FROM head WHERE org_id = o.id AND kind = 1), 0),
				coalesce((SELECT seq FROM head WHERE org_id = 0 AND kind = 1), 0)
			FROM org o WHERE `+where, []any{arg}, dest...)
	}, &h.Object, &h.Authz, &h.Server)
	return org, h, err
}

// OrgNames returns the names of all organizations, in order.
func (s *Store) OrgNames(ctx context.Context) ([]string, error) {
	return collect(s.query(ctx, "SELECT name FROM org WHERE id <> 0 ORDER BY name"), scanString)
}

// Orgs returns all organizations, in order of name.
func (s *Store) Orgs(ctx context.Context) ([]*Org, error) {
	return collect(s.query(ctx, "SELECT "+orgColumns+" FROM org o WHERE id <> 0 ORDER BY name"), func(rows *sql.Rows) (*Org, error) { return scanOrg(rows.Scan) })
}

// SetFullName changes what an organization calls itself.
func (s *Store) SetFullName(ctx context.Context, org *Org, fullName string) error {
	return s.Write(ctx, func(tx *Tx) error {
		return changed(tx.exec(ctx, "UPDATE org SET full_name = ? WHERE id = ?", fullName, org.ID))
	})
}

// DeleteOrg removes an organization and all that is in it.
func (s *Store) DeleteOrg(ctx context.Context, org *Org) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := changed(tx.exec(ctx, "DELETE FROM org WHERE id = ?", org.ID)); err != nil {
			return err
		}
		for _, table := range []string{"head", "change", "cookbook_version", "cookbook_artifact_version", "file_reference"} {
			if _, err := tx.exec(ctx, "DELETE FROM "+table+" WHERE org_id = ?", org.ID); err != nil {
				return err
			}
		}
		_, err := tx.exec(ctx, "DELETE FROM object WHERE org_id = 0 AND type = 'group' AND name = ?", authz.ReadAccessGroup(org.Name))
		tx.noteAuthz(Server, string(chef.TypeGroup), authz.ReadAccessGroup(org.Name))
		return err
	})
}

// NewOrg is what CreateOrg takes.
type NewOrg struct {
	Name         string
	FullName     string
	Creator      int64  // the actor that owns everything in it
	ValidatorKey string // PEM of the validator's public key
}

// ValidatorName returns the name of an organization's first validator.
func ValidatorName(org string) string { return org + "-validator" }

// CreateOrg makes an organization with its containers, groups, default
// environment and validator. A taken name is ErrExists.
func (s *Store) CreateOrg(ctx context.Context, n NewOrg) error {
	return s.Write(ctx, func(tx *Tx) error {
		id, err := tx.insert(ctx, `
			INSERT INTO org (guid, name, full_name, authz_id, acl, created_at)
			VALUES (?, ?, ?, ?, '', ?) RETURNING id`, newID(), n.Name, n.FullName, newID(), tx.now.Unix())
		if err != nil {
			return err
		}
		b := orgBirth{tx: tx, org: id, NewOrg: n, groups: map[string]int64{}}
		return b.run(ctx)
	})
}

// NodeCount returns the number of nodes of all organizations.
func (s *Store) NodeCount(ctx context.Context) (int, error) {
	var n int
	err := s.queryRow(ctx, "SELECT count(*) FROM org o JOIN object n ON n.org_id = o.id AND n.type = 'node'", nil, &n)
	return n, err
}
