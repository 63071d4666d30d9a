package aws_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"tournant/internal/aws"
)

func TestBackoff(t *testing.T) {
	for name, tt := range map[string]struct {
		chance float64
		want   []int64 // milliseconds
	}{
		"shortest": {0, []int64{100, 200, 400, 800, 1600, 2500, 2500}},
		"middle":   {0.5, []int64{150, 300, 600, 1200, 2400, 3750, 3750}},
	} {
		b := aws.Backoff{First: 200 * time.Millisecond, Max: time.Hour, Rand: func() float64 { return tt.chance }}
		for i, want := range tt.want {
			if got := b.Wait(i + 1).Milliseconds(); got != want {
				t.Errorf("%s, after %d: got %d ms, want %d", name, i+1, got, want)
			}
		}
	}
	const seed = 4
	random := rand.New(rand.NewPCG(seed, 0))
	b := aws.Backoff{First: time.Millisecond, Max: time.Hour, Rand: random.Float64}
	for range 1000 {
		failures := 1 + random.IntN(1<<20)
		if got := b.Wait(failures); got < 0 || got > aws.MaxBackoff {
			t.Fatalf("seed %d: after %d: got %s", seed, failures, got)
		}
	}
}

func TestRetry(t *testing.T) {
	b := aws.Backoff{First: time.Second, Max: 4 * time.Second, Rand: func() float64 { return 0 }}
	throttled, refused := &aws.Error{Code: aws.Throttled}, &aws.Error{Code: aws.Unauthorized}
	for name, tt := range map[string]struct {
		errs    []error // of one attempt after the other, the last for all that follow
		timeout time.Duration
		want    error
		calls   int
		took    time.Duration
	}{
		"at once":             {[]error{nil}, time.Hour, nil, 1, 0},
		"in the end":          {[]error{throttled, throttled, nil}, time.Hour, nil, 3, 1500 * time.Millisecond},
		"never":               {[]error{throttled}, time.Hour, throttled, 5, 5500 * time.Millisecond},
		"for good":            {[]error{throttled, refused}, time.Hour, refused, 2, 500 * time.Millisecond},
		"another kind":        {[]error{errors.ErrUnsupported}, time.Hour, errors.ErrUnsupported, 1, 0},
		"not past a deadline": {[]error{throttled}, time.Second, throttled, 2, 500 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), tt.timeout)
				defer cancel()
				began, calls := time.Now(), 0
				err := aws.Retry(ctx, b, 5, func(context.Context) error {
					calls++
					return tt.errs[min(calls, len(tt.errs))-1]
				})
				if !errors.Is(err, tt.want) || calls != tt.calls || time.Since(began) != tt.took {
					t.Errorf("got %v after %d calls and %s, want %v, %d, %s", err, calls, time.Since(began), tt.want, tt.calls, tt.took)
				}
			})
		})
	}
}

// TestRetryEnds does not wait for who gave up.
func TestRetryEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		b := aws.Backoff{First: 5 * time.Second, Max: 5 * time.Second, Rand: func() float64 { return 0 }}
		began := time.Now()
		err := aws.Retry(ctx, b, 5, func(context.Context) error { return &aws.Error{Code: aws.Unreachable} })
		if aws.CodeOf(err) != aws.Unreachable || time.Since(began) != time.Second {
			t.Errorf("got %v after %s, want it after 1s", err, time.Since(began))
		}
	})
}
