package store

import (
	"context"
	"database/sql"
	"errors"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// PolicyInGroup is a policy that a policy group uses, at one revision.
type PolicyInGroup struct{ Group, Policy, Revision string }

// PoliciesInGroups returns what one policy group uses, or all when group is
// empty, in order of group and policy.
func (s *Store) PoliciesInGroups(ctx context.Context, org int64, group string) ([]PolicyInGroup, error) {
	rows := s.query(ctx, `
		SELECT g.name, p.name, r.revision_id FROM object g
		JOIN policy_association a ON a.group_id = g.id
		JOIN object p ON p.id = a.policy_id
		JOIN policy_revision r ON r.id = a.revision_id
		WHERE g.org_id = ? AND g.type = 'policy_group' AND g.parent = '' AND (? = '' OR g.name = ?)
		ORDER BY g.name, p.name`, org, group, group)
	return collect(rows, func(rows *sql.Rows) (p PolicyInGroup, err error) {
		err = rows.Scan(&p.Group, &p.Policy, &p.Revision)
		return p, err
	})
}

// PolicyInGroup returns the revision of a policy that a policy group uses, or
// ErrNotFound.
func (s *Store) PolicyInGroup(ctx context.Context, group, policy *Object) (*PolicyRevision, error) {
	var r PolicyRevision
	err := s.queryRow(ctx, `
		SELECT r.id, r.revision_id, r.doc FROM policy_association a JOIN policy_revision r ON r.id = a.revision_id
		WHERE a.group_id = ? AND a.policy_id = ?`, []any{group.ID, policy.ID}, &r.ID, &r.Name, &r.Document)
	return &r, err
}

// Assignment is a policy group that is to use a revision of a policy. Of Group
// and Policy each may be nil: it is made, with the ACL beside it.
type Assignment struct {
	Org       int64
	GroupName string
	Group     *Object
	GroupACL  authz.ACL
	Policy    *Object
	PolicyACL authz.ACL
	Revision  *chef.PolicyRevision
}

// AssignPolicy makes a policy group use a revision, which is added to its
// policy unless the policy has it. A group or a policy that has come or gone
// since is ErrOvertaken.
func (s *Store) AssignPolicy(ctx context.Context, a Assignment) error {
	return s.Write(ctx, func(tx *Tx) error {
		group, err := tx.sameOrNew(ctx, a.Group, Ref{Org: a.Org, Type: chef.TypePolicyGroup, Name: a.GroupName}, a.GroupACL)
		if err != nil {
			return err
		}
		policy, err := tx.sameOrNew(ctx, a.Policy, policyRef(a.Org, a.Revision.Policy), a.PolicyACL)
		if err != nil {
			return err
		}
		revision, err := tx.findOrAddRevision(ctx, policy, a.Revision)
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, `
			INSERT INTO policy_association (group_id, policy_id, revision_id) VALUES (?, ?, ?)
			ON CONFLICT (group_id, policy_id) DO UPDATE SET revision_id = excluded.revision_id`,
			group, policy, revision)
		return err
	})
}

// sameOrNew returns the id of an object that was found, or of a new one at ref.
func (tx *Tx) sameOrNew(ctx context.Context, found *Object, ref Ref, acl authz.ACL) (int64, error) {
	if found != nil {
		return found.ID, tx.unchanged(ctx, found)
	}
	id, err := tx.Create(ctx, NewObject{Ref: ref, ACL: acl})
	return id, overtaken(err)
}

func (tx *Tx) findOrAddRevision(ctx context.Context, policy int64, r *chef.PolicyRevision) (id int64, err error) {
	err = tx.queryRow(ctx, "SELECT id FROM policy_revision WHERE policy_id = ? AND revision_id = ?", []any{policy, r.ID}, &id)
	if errors.Is(err, ErrNotFound) {
		id, err = tx.addRevision(ctx, policy, r)
		return id, existsNow(err)
	}
	return id, err
}

// UnassignPolicy makes a policy group stop using a policy. Both stay. What was
// not used is ErrNotFound.
func (s *Store) UnassignPolicy(ctx context.Context, group, policy *Object) error {
	return s.Write(ctx, func(tx *Tx) error {
		return changed(tx.exec(ctx, "DELETE FROM policy_association WHERE group_id = ? AND policy_id = ?", group.ID, policy.ID))
	})
}
