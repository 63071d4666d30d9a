// Package history puts concurrent clients on servers that share a database,
// and checks that one server doing one thing at a time could have given every
// answer: that what one server acknowledged holds at once on all of them, for
// objects, searches, lists, permissions, groups and keys.
package history

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/anishathalye/porcupine"

	"tournant/internal/apiclient"
	"tournant/internal/signing"
)

// Options say what Run does.
type Options struct {
	URLs      []string // of servers that share a database
	Superuser *signing.Signer
	HTTP      *http.Client
	Seed      uint64        // decides who does what next; not what happens at the same time
	Duration  time.Duration // how long the clients go on
	Workers   int           // clients at the same time
}

// roundTime is how long clients stay with the same objects. Checking a history
// takes time that grows faster than its length.
const roundTime = 2 * time.Second

// Counts say what a run did.
type Counts struct {
	Operations int
	Unanswered int // whose connection broke: they may have happened or not
}

// runner is a run under way.
type runner struct {
	Options
	org    string
	keys   []*rsa.PrivateKey // that clients may have
	counts Counts
}

// Run returns what it did, and a *Violation if one server could not have
// answered so.
func Run(ctx context.Context, o Options) (Counts, error) {
	r := &runner{Options: o, org: fmt.Sprintf("history-%x", o.Seed)}
	for range keysOfAnActor {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			return r.counts, fmt.Errorf("make key: %w", err)
		}
		r.keys = append(r.keys, key)
	}
	org := struct {
		Name     string `json:"name"`
		FullName string `json:"full_name"`
	}{r.org, "Histories"}
	if err := r.admin().Call(ctx, http.MethodPost, "/organizations", org, nil); err != nil {
		return r.counts, fmt.Errorf("create organization: %w", err)
	}
	end := time.Now().Add(o.Duration)
	for n := 0; time.Now().Before(end); n++ {
		if err := r.round(ctx, n); err != nil {
			return r.counts, fmt.Errorf("round %d: %w", n, err)
		}
	}
	return r.counts, nil
}

// admin calls the first server as the superuser.
func (r *runner) admin() *apiclient.Client {
	return &apiclient.Client{Base: r.URLs[0], Signer: r.Superuser, HTTP: r.HTTP}
}

// round makes new subjects, lets the workers loose on them and checks what
// they saw.
func (r *runner) round(ctx context.Context, n int) error {
	subjects := r.subjects(n)
	for _, s := range subjects {
		if err := s.setup(ctx, r); err != nil {
			return fmt.Errorf("set up %s: %w", s, err)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, roundTime)
	defer cancel()
	records := make([][]record, r.Workers)
	var wg sync.WaitGroup
	for i := range records {
		wg.Go(func() { records[i] = r.work(ctx, subjects, n, i) })
	}
	wg.Wait()
	all := slices.Concat(records...)
	for _, rec := range all {
		r.counts.Operations++
		if rec.result.status == 0 {
			r.counts.Unanswered++
		}
	}
	for i, s := range subjects {
		if err := check(s, of(all, i)); err != nil {
			return err
		}
	}
	return nil
}

// record is one operation as its client saw it.
type record struct {
	subject   int
	op        op
	result    result
	call, ret time.Time
}

// work does one operation after another, each on any of the servers.
func (r *runner) work(ctx context.Context, subjects []subject, round, id int) []record {
	random := mathrand.New(mathrand.NewPCG(r.Seed, uint64(round)<<32|uint64(id)))
	var done []record
	for ctx.Err() == nil {
		i := random.IntN(len(subjects))
		c := caller{runner: r, base: r.URLs[random.IntN(len(r.URLs))]}
		rec := record{subject: i, op: subjects[i].next(random), call: time.Now()}
		// An operation is finished even when the round is over.
		rec.result = subjects[i].do(context.WithoutCancel(ctx), c, rec.op)
		rec.ret = time.Now()
		done = append(done, rec)
	}
	return done
}

func of(all []record, subject int) []record {
	return slices.DeleteFunc(slices.Clone(all), func(r record) bool { return r.subject != subject })
}

// checkTime bounds the search for an order. A history that needs longer counts
// as one that has none, since nobody would know otherwise.
const checkTime = 2 * time.Minute

func check(s subject, records []record) error {
	began := time.Now().Add(-time.Hour)
	operations := make([]porcupine.Operation, len(records))
	for i, rec := range records {
		operations[i] = porcupine.Operation{
			Input: rec.op, Output: rec.result, Call: int64(rec.call.Sub(began)), Return: int64(rec.ret.Sub(began)),
		}
		if rec.result.status == 0 {
			operations[i].Return = math.MaxInt64 // it may yet happen
		}
	}
	model := porcupine.NondeterministicModel{
		Init: func() []any { return []any{s.initial()} },
		Step: func(state, in, out any) []any { return steps(s, state.(int), in.(op), out.(result)) },
	}
	if outcome := porcupine.CheckOperationsTimeout(model.ToModel(), operations, checkTime); outcome != porcupine.Ok {
		return &Violation{Outcome: string(outcome), subject: s, records: records}
	}
	return nil
}

// steps returns the states that an operation may leave behind.
func steps(s subject, state int, o op, res result) []any {
	if res.status == 0 {
		return []any{state, s.after(state, o)}
	}
	if !s.allows(state, o, res) {
		return nil
	}
	if !res.ok() {
		return []any{state}
	}
	return []any{s.after(state, o)}
}
