// Package authz is the authorization model of a Chef server: five permissions
// on every entity, each granted to actors and to groups, groups that hold
// actors and groups, and what an organization is born with.
//
// It is pure: it holds no connection and reads nothing. Actors and groups are
// named by the ids of their rows, which are never used twice, so an entity
// that is gone grants nothing to a later one of the same name.
package authz

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Perm is one of the five permissions.
type Perm int

// The permissions, in the order in which the API lists them.
const (
	Create Perm = iota
	Read
	Update
	Delete
	Grant
	permCount
)

var permNames = [permCount]string{"create", "read", "update", "delete", "grant"}

func (p Perm) String() string { return permNames[p] }

// Perms returns the five permissions in order.
func Perms() []Perm { return []Perm{Create, Read, Update, Delete, Grant} }

// ParsePerm returns the permission called name.
func ParsePerm(name string) (Perm, bool) {
	i := slices.Index(permNames[:], name)
	return Perm(i), i >= 0
}

// ACE says who holds one permission.
type ACE struct {
	Actors []int64
	Groups []int64
}

// ACL holds the entity's five ACEs, indexed by Perm.
type ACL [permCount]ACE

// Allows reports whether the subject holds perm, directly or through a group.
func (a *ACL) Allows(s Subject, perm Perm) bool {
	ace := &a[perm]
	if slices.Contains(ace.Actors, s.Actor) {
		return true
	}
	return slices.ContainsFunc(ace.Groups, s.In)
}

// Inherit returns the ACL of an entity made in a container: the container's
// own, with creator added to every ACE. A creator of 0 adds nobody (the server
// itself made the entity).
func (a *ACL) Inherit(creator int64) ACL {
	return a.WithActor(creator)
}

// WithActor returns a copy with actor in every ACE; 0 adds nobody.
func (a *ACL) WithActor(actor int64) ACL {
	out := a.Clone()
	if actor == 0 {
		return out
	}
	for i := range out {
		if !slices.Contains(out[i].Actors, actor) {
			out[i].Actors = append(out[i].Actors, actor)
		}
	}
	return out
}

// Clone returns a copy that shares nothing with a.
func (a *ACL) Clone() ACL {
	var out ACL
	for i := range a {
		out[i] = ACE{Actors: slices.Clone(a[i].Actors), Groups: slices.Clone(a[i].Groups)}
	}
	return out
}

// Everyone returns the ACL that lists the given actors and groups in each ACE.
func Everyone(actors, groups []int64) ACL {
	var out ACL
	for i := range out {
		out[i] = ACE{Actors: slices.Clone(actors), Groups: slices.Clone(groups)}
	}
	return out
}

// Encode returns the form kept in the database: [[[actors],[groups]], …] in
// the order of the permissions.
func (a *ACL) Encode() string {
	buf := make([]byte, 0, 128)
	buf = append(buf, '[')
	for i := range a {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, '[')
		buf = appendIDs(buf, a[i].Actors)
		buf = append(buf, ',')
		buf = appendIDs(buf, a[i].Groups)
		buf = append(buf, ']')
	}
	return string(append(buf, ']'))
}

func appendIDs(buf []byte, ids []int64) []byte {
	buf = append(buf, '[')
	for i, id := range ids {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = fmt.Appendf(buf, "%d", id)
	}
	return append(buf, ']')
}

// DecodeACL reads what Encode wrote. An empty string is the ACL that grants
// nothing to anyone: entities without an ACL of their own have it.
func DecodeACL(s string) (ACL, error) {
	var acl ACL
	if s == "" {
		return acl, nil
	}
	var raw [][2][]int64
	if err := json.Unmarshal([]byte(s), &raw); err != nil {
		return acl, fmt.Errorf("decode ACL: %w", err)
	}
	if len(raw) != int(permCount) {
		return acl, fmt.Errorf("decode ACL: %d entries, want %d", len(raw), permCount)
	}
	for i, ace := range raw {
		acl[i] = ACE{Actors: ace[0], Groups: ace[1]}
	}
	return acl, nil
}

// Subject is who asks: an actor and every group it is in, transitively.
type Subject struct {
	Actor  int64
	Groups []int64 // sorted
}

// In reports whether the subject is a transitive member of group.
func (s Subject) In(group int64) bool {
	_, found := slices.BinarySearch(s.Groups, group)
	return found
}
