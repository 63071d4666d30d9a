package bench

import (
	"math/bits"
	"time"
)

// subBits gives every power of two 64 buckets: a quantile is at most 1.6 % too
// high.
const subBits = 6

// histogram counts durations in buckets of relative width (the idea of
// HdrHistogram), so that a long run needs no more memory than a short one. The
// zero value is empty.
type histogram struct {
	buckets [(64 - subBits + 1) << subBits]uint32
	count   uint64
	max     time.Duration
}

func (h *histogram) record(d time.Duration) {
	d = max(d, 0)
	h.buckets[bucketOf(uint64(d))]++
	h.count++
	h.max = max(h.max, d)
}

// bucketOf numbers the buckets by power of two and the bits that follow the
// leading one; below 64 every value has its own.
func bucketOf(v uint64) int {
	shift := max(0, bits.Len64(v)-subBits-1)
	return shift<<subBits + int(v>>shift)
}

// highest returns the greatest value of a bucket.
func highest(bucket int) uint64 {
	if bucket < 2<<subBits {
		return uint64(bucket)
	}
	shift := bucket>>subBits - 1
	return uint64(bucket-shift<<subBits+1)<<shift - 1
}

func (h *histogram) merge(o *histogram) {
	for i, n := range o.buckets {
		h.buckets[i] += n
	}
	h.count += o.count
	h.max = max(h.max, o.max)
}

// quantile returns the smallest duration that at least the share q of all
// recorded are not above, 0 when nothing was recorded.
func (h *histogram) quantile(q float64) time.Duration {
	if h.count == 0 {
		return 0
	}
	rank := uint64(q * float64(h.count))
	if float64(rank) < q*float64(h.count) {
		rank++
	}
	rank = max(rank, 1)
	var seen uint64
	for bucket, n := range h.buckets {
		if seen += uint64(n); seen >= rank {
			return min(time.Duration(highest(bucket)), h.max)
		}
	}
	return h.max
}
