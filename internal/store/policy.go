package store

import (
	"context"
	"database/sql"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/document"
)

// PolicyRevision is a row of a policy.
type PolicyRevision struct {
	ID       int64
	Name     string // revision_id
	Document document.Packed
}

func policyRef(org int64, name string) Ref { return Ref{Org: org, Type: chef.TypePolicy, Name: name} }

// PolicyRevision returns a revision of a policy, or ErrNotFound.
func (s *Store) PolicyRevision(ctx context.Context, policy *Object, revision string) (*PolicyRevision, error) {
	r := PolicyRevision{Name: revision}
	err := s.queryRow(ctx, "SELECT id, doc FROM policy_revision WHERE policy_id = ? AND revision_id = ?",
		[]any{policy.ID, revision}, &r.ID, &r.Document)
	return &r, err
}

// PolicyRevisionName is a revision in a list of policies.
type PolicyRevisionName struct{ Policy, Revision string }

// PolicyRevisionNames returns the revisions of one policy, or of all when name
// is empty, in order.
func (s *Store) PolicyRevisionNames(ctx context.Context, org int64, name string) ([]PolicyRevisionName, error) {
	rows := s.query(ctx, `
		SELECT p.name, r.revision_id FROM object p JOIN policy_revision r ON r.policy_id = p.id
		WHERE p.org_id = ? AND p.type = 'policy' AND p.parent = '' AND (? = '' OR p.name = ?)
		ORDER BY p.name, r.revision_id`, org, name, name)
	return collect(rows, func(rows *sql.Rows) (n PolicyRevisionName, err error) {
		err = rows.Scan(&n.Policy, &n.Revision)
		return n, err
	})
}

// CreatePolicy adds a policy with its first revision. A policy that is there is
// ErrOvertaken.
func (s *Store) CreatePolicy(ctx context.Context, org int64, r *chef.PolicyRevision, acl authz.ACL) error {
	return s.Write(ctx, func(tx *Tx) error {
		id, err := tx.Create(ctx, NewObject{Ref: policyRef(org, r.Policy), ACL: acl})
		if err != nil {
			return overtaken(err)
		}
		_, err = tx.addRevision(ctx, id, r)
		return err
	})
}

// AddPolicyRevision adds a revision to a policy. One that is there is
// ErrExists; a policy that is gone is ErrOvertaken.
func (s *Store) AddPolicyRevision(ctx context.Context, policy *Object, r *chef.PolicyRevision) error {
	return s.Write(ctx, func(tx *Tx) error {
		if err := tx.unchanged(ctx, policy); err != nil {
			return err
		}
		_, err := tx.addRevision(ctx, policy.ID, r)
		return err
	})
}

// unchanged returns ErrOvertaken unless the object of this id and name is there.
func (tx *Tx) unchanged(ctx context.Context, o *Object) error {
	now, err := tx.Object(ctx, o.Ref)
	if err != nil {
		return overtaken(err)
	}
	if now.ID != o.ID {
		return ErrOvertaken
	}
	return nil
}

func (tx *Tx) addRevision(ctx context.Context, policy int64, r *chef.PolicyRevision) (int64, error) {
	return tx.insert(ctx, `
		INSERT INTO policy_revision (policy_id, revision_id, doc, created_at) VALUES (?, ?, ?, ?) RETURNING id`,
		policy, r.ID, document.Pack(r.Document), tx.now.Unix())
}

// DeletePolicyRevision removes a revision, from the groups that use it too. One
// that is gone is ErrNotFound.
func (s *Store) DeletePolicyRevision(ctx context.Context, r *PolicyRevision) error {
	return s.Write(ctx, func(tx *Tx) error {
		return changed(tx.exec(ctx, "DELETE FROM policy_revision WHERE id = ?", r.ID))
	})
}

// PolicyRevisionGroups returns the names of the policy groups that use a
// revision, oldest first.
func (s *Store) PolicyRevisionGroups(ctx context.Context, r *PolicyRevision) ([]string, error) {
	rows := s.query(ctx, `
		SELECT g.name FROM policy_association a JOIN object g ON g.id = a.group_id
		WHERE a.revision_id = ? ORDER BY g.id`, r.ID)
	return collect(rows, scanString)
}
