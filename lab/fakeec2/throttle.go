package fakeec2

import "time"

// A bucket is one action's: EC2 throttles each action of an account and region
// by a token bucket, whoever calls.
type bucket struct {
	Bucket
	tokens float64
	filled time.Time
}

// take is false when the request came too early.
func (b *bucket) take(now time.Time) bool {
	b.tokens = min(b.Burst, b.tokens+max(0, now.Sub(b.filled).Seconds())*b.Rate)
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

func newBuckets(l Limits, now time.Time) map[string]*bucket {
	buckets := map[string]*bucket{}
	for _, action := range actions {
		size := l.Change
		if action == "DescribeInstances" || action == "DescribeVolumes" {
			size = l.Describe
		}
		buckets[action] = &bucket{size, size.Burst, now}
	}
	return buckets
}
