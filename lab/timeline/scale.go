package timeline

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// offset is a time from the zero of the axis, as a reader would write it.
func offset(d time.Duration) string {
	return fmt.Sprintf("%s%s s", sign(d), seconds(d.Abs()))
}

func sign(d time.Duration) string {
	switch d = d.Round(10 * time.Millisecond); {
	case d > 0:
		return "+"
	case d < 0:
		return "−"
	}
	return ""
}

// seconds of a duration, with as many decimals as say something.
func seconds(d time.Duration) string {
	s := fmt.Sprintf("%.2f", d.Seconds())
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

var ticks = []time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
}

// tick is the distance between labels of the axis of which at most so many fit.
func tick(d time.Duration, most int) time.Duration {
	for _, t := range ticks {
		if d <= t*time.Duration(most) {
			return t
		}
	}
	return d
}

// ceiling is the next number up of those that an axis ends well with.
func ceiling(n int) int {
	if n <= 4 {
		return 4
	}
	power := math.Pow(10, math.Floor(math.Log10(float64(n))))
	for _, m := range []float64{1, 1.2, 1.6, 2, 3, 4, 6, 8, 10} {
		if top := int(math.Round(m * power)); n <= top {
			return top
		}
	}
	return n
}
