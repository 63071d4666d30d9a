package history

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"tournant/internal/apiclient"
	"tournant/internal/signing"
)

// subject is a thing whose state is a number, and what can be done to it and
// seen of it. What is done to one says nothing of another.
type subject interface {
	fmt.Stringer
	setup(ctx context.Context, r *runner) error
	initial() int

	// next draws an operation.
	next(random *rand.Rand) op

	// do performs it.
	do(ctx context.Context, c caller, o op) result

	// allows reports whether an answer is one that a state can give.
	allows(state int, o op, res result) bool

	// after is the state that an operation leaves behind where it succeeds.
	after(state int, o op) int
}

// op is an operation of a subject.
type op struct {
	verb string
	arg  int
}

// result is an answer: its status, 0 for none, and the state that it shows.
type result struct {
	status int
	seen   int
}

func (r result) ok() bool { return r.status/100 == 2 }

// subjects are few, so that clients meet.
func (r *runner) subjects(round int) []subject {
	name := func(what string) string { return fmt.Sprintf("%s-%d", what, round) }
	return []subject{
		&node{name: name("n1")}, &node{name: name("n2")},
		&permission{node: name("guarded"), client: name("reader")},
		&membership{group: name("crew"), client: name("sailor")},
		&gate{client: name("visitor")},
		&shelf{cookbook: name("shelved"), client: name("cook")},
		&ring{kind: "clients", name: name("keeper")},
		&ring{kind: "users", name: name("of-" + r.org)},
		&cookbook{name: name("cb")},
	}
}

// caller makes requests to one server.
type caller struct {
	*runner
	base string
}

// as calls the organization of the run as somebody. An answer that never came
// is status 0.
func (c caller) as(ctx context.Context, who *signing.Signer, method, path string, body, out any) result {
	return c.global(ctx, who, method, "/organizations/"+c.org+path, body, out)
}

// global is as outside the organization.
func (c caller) global(ctx context.Context, who *signing.Signer, method, path string, body, out any) result {
	client := &apiclient.Client{Base: c.base, Signer: who, HTTP: c.HTTP}
	if err := client.Call(ctx, method, path, body, out); err != nil {
		return result{status: apiclient.Status(err)}
	}
	return result{status: http.StatusOK}
}

func (c caller) super(ctx context.Context, method, path string, body, out any) result {
	return c.as(ctx, c.Superuser, method, path, body, out)
}

// named is how most things are created.
type named struct {
	Name string `json:"name"`
}

// Violation is a history that no order of its operations explains.
type Violation struct {
	Outcome string
	subject subject
	records []record
}

func (v *Violation) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: no order explains these answers (%s); times in ms\n", v.subject, v.Outcome)
	records := slices.SortedFunc(slices.Values(v.records), func(a, b record) int { return a.call.Compare(b.call) })
	for _, r := range records {
		ms := func(t time.Time) float64 { return float64(t.Sub(records[0].call).Microseconds()) / 1000 }
		fmt.Fprintf(&b, "%9.3f %9.3f  %s %d: %d, saw %d\n", ms(r.call), ms(r.ret), r.op.verb, r.op.arg, r.result.status, r.result.seen)
	}
	return b.String()
}

// pick draws one of some verbs, with an argument from 1 to most.
func pick(random *rand.Rand, most int, verbs ...string) op {
	return op{verb: verbs[random.IntN(len(verbs))], arg: 1 + random.IntN(most)}
}

// must makes an error of an answer that is not a success.
func must(what string, res result) error {
	if res.ok() {
		return nil
	}
	return fmt.Errorf("%s: status %d", what, cmp.Or(res.status, -1))
}
