package search

import (
	"context"
	"errors"
)

// The types of object that are indexed, as Ref.Type spells them.
const (
	TypeNode        = "node"
	TypeRole        = "role"
	TypeEnvironment = "environment"
	TypeClient      = "client"
	TypeItem        = "data_bag_item"
)

// ErrGap is returned by Source.Changes when the log does not reach back to the
// position asked for, or never came as far.
var ErrGap = errors.New("search: change log has a gap")

// ErrBrokenOff is returned by Source.Scan when the database went away midway: a
// scan from the start finds it again, or waits for it.
var ErrBrokenOff = errors.New("search: the scan broke off")

// Identity tells one database, and one restoring of it, from all others. An
// index made from another identity is rebuilt.
type Identity struct {
	Database string
	Restore  int64
}

// Ref names an object. Bag is set for data bag items only.
type Ref struct {
	Type, Bag, Name string
}

// Object is a stored document. ID is the database's row id: positive, never
// reused, and the order of search results.
type Object struct {
	Ref
	ID   int64
	JSON []byte
}

// Change is one entry of an organization's change log. A rename is a change of
// the new name.
type Change struct {
	Seq     int64
	Ref     Ref
	Deleted bool
	ID      int64
}

// Source is the database as the index sees it.
type Source interface {
	Identity(ctx context.Context) (Identity, error)

	// Changes returns at most limit changes with Seq > after, ascending and
	// without gaps; types that are not indexed are included or the sequence
	// would have gaps. It returns ErrGap when after is older than the log or
	// newer than its head.
	Changes(ctx context.Context, org, after int64, limit int) ([]Change, error)

	// Objects returns the current documents of refs in any order. Those that
	// no longer exist are absent.
	Objects(ctx context.Context, org int64, refs []Ref) ([]Object, error)

	// Scan calls fn with every indexed object of org as of one moment and
	// returns the head of the log at that moment. fn may keep the object. It
	// returns ErrBrokenOff when it is worth another attempt.
	Scan(ctx context.Context, org int64, fn func(Object) error) (head int64, err error)
}

// indexed reports whether objects of this type are in the index.
func indexed(typ string) bool {
	switch typ {
	case TypeNode, TypeRole, TypeEnvironment, TypeClient, TypeItem:
		return true
	}
	return false
}
