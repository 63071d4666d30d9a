package demo

import (
	"strings"
	"time"
)

// bars are the heights of a sparkline, and ceilings what each stands for at most.
// Each is about three times the one before it: the difference between 10 and 30 ms
// is as much to be seen as that between 1 and 3 s.
var (
	bars     = []rune("▁▂▃▄▅▆▇█")
	ceilings = []time.Duration{
		10 * time.Millisecond, 30 * time.Millisecond, 100 * time.Millisecond, 300 * time.Millisecond,
		time.Second, 3 * time.Second, 10 * time.Second,
	}
)

// bar is the one for a duration.
func bar(d time.Duration) rune {
	for i, c := range ceilings {
		if d <= c {
			return bars[i]
		}
	}
	return bars[len(bars)-1]
}

// sparkline shows as many of the newest slots as there are columns.
func sparkline(slots []time.Duration, columns int) string {
	var b strings.Builder
	for _, d := range slots[max(0, len(slots)-columns):] {
		b.WriteRune(bar(d))
	}
	return b.String()
}
