package timeline

import "time"

// A bucket is what clients met in a short time.
type bucket struct {
	// Answered in it: at once, after being held, or with an error.
	served, released, failed int
	// held are those that at its end have waited for longer than Held.
	held int
}

// answered is how many were.
func (b bucket) answered() int { return b.served + b.released + b.failed }

// sum is all of a drawing's.
func (d *drawing) sum() bucket {
	var sum bucket
	for _, b := range d.buckets {
		sum.served, sum.released, sum.failed = sum.served+b.served, sum.released+b.released, sum.failed+b.failed
	}
	return sum
}

// widths of buckets: the shortest of these of which at most so many fit.
var widths = []time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second,
	2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute, 5 * time.Minute,
}

func bucketWidth(d time.Duration, most int) time.Duration {
	for _, w := range widths {
		if d <= w*time.Duration(most) {
			return w
		}
	}
	return d / time.Duration(most)
}

// buckets counts the requests of a record, from its beginning on.
func (r *Record) buckets(width time.Duration) []bucket {
	all := make([]bucket, int((r.To.Sub(r.From)+width-1)/width))
	for _, q := range r.Requests {
		if !q.Ended.Before(r.From) && q.Ended.Before(r.To) {
			b := &all[int(q.Ended.Sub(r.From)/width)]
			switch {
			case q.Failed:
				b.failed++
			case q.Ended.Sub(q.Begun) > Held:
				b.released++
			default:
				b.served++
			}
		}
		// The ends of buckets at which it had waited for too long.
		first := max(0, int((q.Begun.Add(Held).Sub(r.From)+width-1)/width)-1)
		for i := first; i < len(all) && r.From.Add(time.Duration(i+1)*width).Before(q.Ended); i++ {
			if r.From.Add(time.Duration(i+1) * width).After(q.Begun.Add(Held)) {
				all[i].held++
			}
		}
	}
	return all
}
