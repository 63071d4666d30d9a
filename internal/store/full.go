package store

import (
	"context"
	"errors"

	"tournant/internal/chef"
)

// errFull is what begin returns for a write that takes room where hardly any is
// left.
var errFull = errors.New("the disk of the database is nearly full")

type freeing struct{}

// Freeing returns a context under which Write also begins when the disk of the
// database is nearly full: it is for what makes room there.
func Freeing(ctx context.Context) context.Context {
	return context.WithValue(ctx, freeing{}, true)
}

func isFreeing(ctx context.Context) bool { return ctx.Value(freeing{}) != nil }

// Room returns chef.InsufficientStorage if a Write would, because the disk of
// the database is nearly full.
func (s *Store) Room(ctx context.Context) error {
	return s.orFull(s.patiently(ctx, func() error { return s.db.room(whole(ctx)) }))
}

// orFull words the error of a write that finds no room; any other stays. Nothing
// of such a write has happened.
func (s *Store) orFull(err error) error {
	if err == nil || !errors.Is(err, errFull) && !s.db.full(err) {
		return err
	}
	return &chef.Error{
		Code: chef.InsufficientStorage, Err: err,
		Message: "The disk of the server's database is full, or nearly: nothing new is stored until its administrator makes room. Reading, searching and deleting go on.",
	}
}
