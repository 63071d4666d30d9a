package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBuckets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint64Range(0, math.MaxInt64).Draw(t, "value")
		bucket := bucketOf(v)
		if top := highest(bucket); v > top || float64(top-v) > float64(v)/64 {
			t.Fatalf("%d is in bucket %d, up to %d", v, bucket, top)
		}
		if bucket > 0 && highest(bucket-1) >= v {
			t.Fatalf("%d is in bucket %d, but the one before goes up to %d", v, bucket, highest(bucket-1))
		}
	})
	if last := bucketOf(math.MaxInt64); last >= len(histogram{}.buckets) {
		t.Errorf("bucket %d of %d", last, len(histogram{}.buckets))
	}
}

func TestQuantilesAgainstSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		samples := rapid.SliceOfN(rapid.Int64Range(0, int64(time.Minute)), 1, 300).Draw(t, "samples")
		var h, other histogram
		for i, s := range samples {
			if i%2 == 0 {
				h.record(time.Duration(s))
			} else {
				other.record(time.Duration(s))
			}
		}
		h.merge(&other)
		slices.Sort(samples)
		for _, q := range []float64{0, 0.5, 0.9, 0.99, 1} {
			rank := max(1, int(math.Ceil(q*float64(len(samples)))))
			want, got := samples[rank-1], int64(h.quantile(q))
			if got < want || float64(got) > float64(want)*65/64 {
				t.Fatalf("quantile %v is %d, want %d", q, got, want)
			}
		}
		if h.max != time.Duration(samples[len(samples)-1]) || h.count != uint64(len(samples)) {
			t.Fatalf("max %v, count %d", h.max, h.count)
		}
	})
}

func TestEmptyHistogram(t *testing.T) {
	if got := new(histogram).quantile(0.5); got != 0 {
		t.Errorf("got %v", got)
	}
}

func BenchmarkRecord(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 0))
	var h histogram
	for b.Loop() {
		h.record(time.Duration(rng.Int64N(int64(time.Second))))
	}
}
