package boottime_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"tournant/internal/boottime"
)

// /proc/uptime is the kernel's own reading of the clock, to hundredths.
func TestNow(t *testing.T) {
	before := boottime.Now()
	data, err := os.ReadFile("/proc/uptime")
	if err != nil {
		t.Fatal(err)
	}
	after := boottime.Now()
	first, _, _ := strings.Cut(string(data), " ")
	seconds, err := strconv.ParseFloat(first, 64)
	if err != nil {
		t.Fatal(err)
	}
	up := boottime.Time(seconds * float64(time.Second))
	const hundredth = 10 * time.Millisecond
	if up.Add(hundredth).Before(before) || after.Add(hundredth).Before(up) {
		t.Errorf("the kernel is up %v, which is not from %v to %v", up, before, after)
	}
	if after.Before(before) || after.Sub(before) < 0 {
		t.Errorf("%v came after %v", after, before)
	}
	if got := boottime.Time(0).Add(1500 * time.Millisecond).String(); got != "1.5s" {
		t.Errorf("got %s, want 1.5s", got)
	}
}
