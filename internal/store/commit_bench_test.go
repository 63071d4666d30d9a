package store

import (
	"fmt"
	"sync/atomic"
	"testing"

	"tournant/internal/authz"
	"tournant/internal/pgtest"
)

// How many saves an organization takes in: its writers wait for each other at
// its heads. Several at once, as the nodes of a fleet come.
func BenchmarkCommits(b *testing.B) {
	b.Run("sqlite", func(b *testing.B) {
		s, err := Open(b.Context(), b.TempDir(), Options{})
		benchCommits(b, s, err)
	})
	b.Run("postgres", func(b *testing.B) {
		s, err := OpenPostgres(b.Context(), pgtest.New(b), Options{})
		benchCommits(b, s, err)
	})
}

func benchCommits(b *testing.B, s *Store, err error) {
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	ctx := b.Context()
	if _, err := s.Found(ctx, func() (Founding, error) { return Founding{}, nil }); err != nil {
		b.Fatal(err)
	}
	if err := s.CreateOrg(ctx, NewOrg{Name: "acme", Creator: 1}); err != nil {
		b.Fatal(err)
	}
	org, _, err := s.Org(ctx, "acme")
	if err != nil {
		b.Fatal(err)
	}
	var writers atomic.Int64
	b.SetParallelism(4)
	b.RunParallel(func(p *testing.PB) {
		n := node(org, fmt.Sprintf("n%d", writers.Add(1)), `{}`)
		n.ACL = authz.Everyone(nil, nil)
		if err := s.Create(ctx, n); err != nil {
			b.Error(err)
			return
		}
		o, err := s.Object(ctx, n.Ref)
		for i := 0; p.Next() && err == nil; i++ {
			o.Document, err = s.Update(ctx, o, o.Name, "_default", fmt.Appendf(nil, `{"round":%d}`, i))
		}
		if err != nil {
			b.Error(err)
		}
	})
}
