package load

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// A register's history, in milliseconds.
func at(ms int) time.Time { return time.UnixMilli(1_800_000_000_000 + int64(ms)) }

func saved(value, call, back, status int) Operation {
	return Operation{Kind: Save, Node: "r", Value: value, Status: status, Call: at(call), Return: at(back)}
}

func got(seen, call, back int) Operation {
	return Operation{Kind: Get, Node: "r", Seen: seen, Status: 200, Call: at(call), Return: at(back)}
}

// What no order explains is named, at the first answer that shows it.
func TestExplain(t *testing.T) {
	last := got(2, 100, 101)
	for name, test := range map[string]struct {
		history History
		last    Operation
		wrong   string // what it begins with; "" is nothing
	}{
		"in order":                          {History{saved(1, 0, 1, 200), got(1, 2, 3), saved(2, 4, 5, 200), got(2, 6, 7)}, last, ""},
		"either, while both are under way":  {History{saved(1, 0, 1, 200), saved(2, 2, 9, 200), got(1, 3, 4), got(2, 5, 6)}, last, ""},
		"back again":                        {History{saved(1, 0, 1, 200), saved(2, 2, 9, 200), got(2, 3, 4), got(1, 5, 6)}, last, at(5).Format("15:04:05.000")},
		"stale":                             {History{saved(1, 0, 1, 200), saved(2, 2, 3, 200), got(1, 4, 5), got(2, 6, 7)}, last, at(4).Format("15:04:05.000")},
		"an acknowledged write is gone":     {History{saved(2, 0, 1, 200), saved(3, 2, 3, 200)}, last, at(100).Format("15:04:05.000")},
		"no answer, done":                   {History{saved(1, 0, 1, 200), saved(2, 2, 3, 503), got(1, 4, 5), got(2, 50, 51)}, last, ""},
		"no answer, done late":              {History{saved(2, 0, 1, 0), saved(1, 2, 3, 200), got(1, 4, 5)}, last, ""},
		"no answer, not done":               {History{saved(2, 0, 1, 200), saved(1, 2, 3, 503), got(2, 4, 5)}, last, ""},
		"no room, and not done":             {History{saved(2, 0, 1, 200), saved(1, 2, 3, 507), got(2, 4, 5)}, last, ""},
		"no room, and done":                 {History{saved(2, 0, 1, 200), saved(1, 2, 3, 507), got(1, 4, 5)}, last, at(4).Format("15:04:05.000")},
		"no answer, done twice":             {History{saved(1, 0, 1, 503), got(1, 2, 3), saved(2, 4, 5, 200), got(1, 6, 7)}, last, at(6).Format("15:04:05.000")},
		"seen before it was asked for":      {History{got(1, 0, 1), saved(1, 2, 3, 503), saved(2, 4, 5, 200)}, last, at(0).Format("15:04:05.000")},
		"what failed has seen nothing":      {History{saved(2, 0, 1, 200), {Kind: Get, Node: "r", Status: 503, Call: at(2), Return: at(3)}}, last, ""},
		"what nobody has ever written":      {History{saved(2, 0, 1, 200), got(7, 2, 3)}, last, at(2).Format("15:04:05.000")},
		"the first value, after all others": {History{saved(2, 0, 1, 200)}, got(0, 100, 101), at(100).Format("15:04:05.000")},
	} {
		t.Run(name, func(t *testing.T) {
			wrong := test.history.explain(test.last)
			if test.wrong == "" && wrong != "" || !strings.HasPrefix(wrong, test.wrong) {
				t.Errorf("got %q, want %q", wrong, test.wrong)
			}
		})
	}
}

// Half an hour of one register, in which hundreds of writes had no answer, is judged
// in no time; and one stale answer in it is found.
func TestExplainLong(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var h History
	value, before := 0, 0
	for i := range 12_000 {
		call := i * 150
		switch n := random.IntN(20); {
		case n < 4:
			before, value = value, i+1
			h = append(h, saved(value, call, call+100, 200))
		case n == 4:
			h = append(h, saved(-i-1, call, call+100, 503)) // and was not done
		case n == 5:
			before, value = value, i+1
			h = append(h, saved(value, call, call+100, 503)) // and was done
		default:
			h = append(h, got(value, call, call+100))
		}
	}
	last := got(value, 1_800_000, 1_800_001)
	if wrong := h.explain(last); wrong != "" {
		t.Fatal(wrong)
	}
	stale := got(before, 1_799_998, 1_799_999)
	if wrong := append(h, stale).explain(last); !strings.HasPrefix(wrong, stale.String()) {
		t.Errorf("got %q, want %s", wrong, stale)
	}
}
