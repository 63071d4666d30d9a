package store

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"tournant/internal/pgtest"
)

var cutCommits = flag.Int("cut.commits", 60, "how many commits TestCommitsWithoutAnswer leaves without an answer")

// cutter decides what happens to each COMMIT.
type cutter struct {
	mu     sync.Mutex
	random *rand.Rand
	cuts   int
}

// next cuts three of four: often the one that follows too.
func (c *cutter) next() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.random.IntN(4) == 0 {
		return pgtest.Whole
	}
	c.cuts++
	if c.random.IntN(4) == 0 {
		return pgtest.Unsent
	}
	return c.random.IntN(pgtest.CommitAnswer + 1)
}

func (c *cutter) done() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.cuts >= *cutCommits
}

// told counts how often each change of the log was told of.
type told struct {
	mu  sync.Mutex
	seq map[int64]int
}

func (c *told) committed(_ int64, written []Written) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, w := range written {
		c.seq[w.Seq]++
	}
}

// A write whose commit was not answered, or not even heard, happens once, and
// its caller hears nothing of it.
func TestCommitsWithoutAnswer(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	proxy, url := pgtest.Behind(t, nil)
	heard := &told{seq: map[int64]int{}}
	s, org := openOrg(t, func(t *testing.T, opts Options) (*Store, error) { return OpenPostgres(t.Context(), url, opts) },
		Options{Committed: heard.committed})
	_, before, err := s.Org(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	c := &cutter{random: rand.New(rand.NewPCG(seed, 0))}
	proxy.CutCommits(c.next)
	var wg sync.WaitGroup
	lives := make([]int, 3)
	for i := range lives {
		wg.Go(func() {
			for ; !c.done() && !t.Failed(); lives[i]++ {
				liveOnce(t, s, org, fmt.Sprintf("n%d-%d", i, lives[i]))
			}
		})
	}
	wg.Wait()
	proxy.CutCommits(nil)
	t.Logf("%d commits cut, %d writes run again", c.cuts, s.Holding().Rerun)
	_, after, err := s.Org(t.Context(), "acme")
	want := int64(3 * (lives[0] + lives[1] + lives[2]))
	if err != nil || after.Object-before.Object != want {
		t.Errorf("%d changes, %v; want %d", after.Object-before.Object, err, want)
	}
	for seq, n := range heard.seq {
		if n != 1 {
			t.Errorf("told of change %d %d times", seq, n)
		}
	}
	var ids int64
	if err := s.queryRow(t.Context(), "SELECT count(*) FROM write_id", nil, &ids); err != nil || ids < want {
		t.Errorf("%d ids of writes, %v; want at least %d", ids, err, want)
	}
}

// liveOnce makes a node, changes it and deletes it, and looks after each.
func liveOnce(t *testing.T, s *Store, org *Org, name string) {
	t.Helper()
	ctx := t.Context()
	if err := s.Create(ctx, node(org, name, `{"at":"first"}`)); err != nil {
		t.Errorf("create: %v", err)
		return
	}
	o, err := s.Object(ctx, node(org, name, "").Ref)
	if err != nil {
		t.Errorf("after creation: %v", err)
		return
	}
	if _, err := s.Update(ctx, o, name, "_default", []byte(`{"at":"second"}`)); err != nil {
		t.Errorf("update: %v", err)
	}
	if o, err = s.Object(ctx, o.Ref); err != nil {
		t.Errorf("after the update: %v", err)
		return
	}
	if plain, err := o.Document.Unpack(); err != nil || string(plain) != `{"at":"second"}` {
		t.Errorf("after the update: %s, %v", plain, err)
	}
	if err := s.Delete(ctx, o); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := s.Object(ctx, o.Ref); !errors.Is(err, ErrNotFound) {
		t.Errorf("after deletion: %v, want ErrNotFound", err)
	}
}

// Ids are kept for longer than anybody waits, not for ever.
func TestOldWritesAreForgotten(t *testing.T) {
	s, org := openOrg(t, onPostgres, Options{})
	ctx := t.Context()
	err := s.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec(ctx, "UPDATE write_id SET at = at - interval '61 minutes'")
		return err
	})
	if err == nil {
		err = s.Create(ctx, node(org, "new", `{}`))
	}
	if err == nil {
		err = s.ForgetWrites(ctx)
	}
	var left int
	if err == nil {
		err = s.queryRow(ctx, "SELECT count(*) FROM write_id", nil, &left)
	}
	if err != nil || left != 1 {
		t.Errorf("%d left, %v; want the last", left, err)
	}
}
