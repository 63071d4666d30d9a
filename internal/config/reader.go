package config

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"tournant/internal/config/rb"
)

// reader takes settings out of a file and remembers which it took: what nobody
// takes has no meaning here.
type reader struct {
	file     string
	result   *rb.Result
	env      Env
	used     map[string]bool // "word" and "group.key"
	spread   int             // the line of topology: where what it needs is missing
	mistakes Problems
	warnings []Problem
}

// maxMistakes are more than anybody reads at once.
const maxMistakes = 100

func (r *reader) mistake(line int, advice, format string, args ...any) {
	if len(r.mistakes) >= maxMistakes {
		return
	}
	r.mistakes = append(r.mistakes, Problem{
		File: r.file, Line: line, Text: fmt.Sprintf(format, args...), Advice: advice, Exit: exitMistake,
	})
}

func (r *reader) warn(line int, advice, format string, args ...any) {
	r.warnings = append(r.warnings, Problem{File: r.file, Line: line, Text: fmt.Sprintf(format, args...), Advice: advice})
}

// word takes a setting that is one word. nil is as good as unset.
func (r *reader) word(name string) (rb.Value, bool) {
	r.used[name] = true
	v, ok := r.result.Settings.Get(name)
	return v, ok && v.Kind != rb.Nil
}

// get takes name['key'].
func (r *reader) get(name, key string) (rb.Value, bool) {
	r.used[name+"."+key] = true
	group, _ := r.result.Settings.Get(name)
	v, ok := group.Hash.Get(key)
	return v, ok && v.Kind != rb.Nil
}

// setting is how the file spells a setting.
func setting(name, key string) string { return name + "['" + key + "']" }

// text takes a setting that is a string.
func (r *reader) text(name, key, fallback string) string {
	v, ok := r.get(name, key)
	if !ok {
		return fallback
	}
	if v.Kind != rb.String && v.Kind != rb.Symbol {
		r.mistake(v.Line, "Write it in quotes.", "%s is %s, not a string", setting(name, key), v.Kind)
		return fallback
	}
	return v.Text
}

func (r *reader) secret(name, key string) Secret { return Secret(r.text(name, key, "")) }

// flag takes a setting that is true or false.
func (r *reader) flag(name, key string, fallback bool) bool {
	v, ok := r.get(name, key)
	if !ok {
		return fallback
	}
	if v.Kind != rb.Bool {
		r.mistake(v.Line, "Write true or false, without quotes.", "%s is %s, not true or false", setting(name, key), v.Kind)
		return fallback
	}
	return v.Bool
}

// whole takes a setting that is a number, which old files write in quotes.
func (r *reader) whole(name, key string, fallback, least, most int64) int64 {
	v, ok := r.get(name, key)
	if !ok {
		return fallback
	}
	n, err := v.Int, error(nil)
	if v.Kind == rb.String {
		n, err = strconv.ParseInt(v.Text, 10, 64)
	}
	if err != nil || v.Kind != rb.Int && v.Kind != rb.String {
		r.mistake(v.Line, "Write it in digits.", "%s is no whole number", setting(name, key))
		return fallback
	}
	if n < least || n > most {
		r.mistake(v.Line, fmt.Sprintf("Write a number from %d to %d.", least, most), "%s cannot be %d", setting(name, key), n)
		return fallback
	}
	return n
}

func (r *reader) fraction(name, key string, fallback, least, most float64) float64 {
	v, ok := r.get(name, key)
	if !ok {
		return fallback
	}
	f := v.Float
	if v.Kind == rb.Int {
		f = float64(v.Int)
	}
	if v.Kind != rb.Int && v.Kind != rb.Float || f < least || f > most {
		r.mistake(v.Line, fmt.Sprintf("Write a number from %g to %g.", least, most), "%s is out of range or no number", setting(name, key))
		return fallback
	}
	return f
}

// leftovers tells of what nobody took: with a warning where the original knows
// it, as a mistake where nobody does.
func (r *reader) leftovers() {
	all := groups()
	for name, v := range r.result.Settings.All() {
		if why, ok := scalars[name]; ok {
			if !r.used[name] {
				r.meaningless(v.Line, name, why)
			}
			continue
		}
		for key, v := range v.Hash.All() {
			r.leftover(name, key, v, all[name])
		}
	}
	// In the order of the file: one line after the other.
	slices.SortStableFunc(r.warnings, func(a, b Problem) int { return a.Line - b.Line })
	slices.SortStableFunc(r.mistakes, func(a, b Problem) int { return a.Line - b.Line })
}

func (r *reader) leftover(name, key string, v rb.Value, g group) {
	switch {
	case r.used[name+"."+key]:
	case !g.knows(key) && len(r.mistakes) >= maxMistakes:
	case !g.knows(key):
		r.mistake(v.Line, r.near(name, key, g), "%s is no setting", setting(name, key))
	default:
		r.meaningless(v.Line, setting(name, key), reason(name, key, g))
	}
}

func (r *reader) meaningless(line int, name, why string) {
	r.warn(line, "", "%s has no meaning here: %s", name, why)
}

// reason is why a setting has no meaning: its own reason, that of its name in
// every group, or its group's.
func reason(name, key string, g group) string {
	for _, known := range []string{name + "." + key, "*." + key} {
		if why, ok := reasons[known]; ok {
			return why
		}
	}
	return g.why
}

// near names the setting that may have been meant: one of the same group, or
// one of that name in another.
func (r *reader) near(name, key string, g group) string {
	if near := rb.Nearest(key, slices.Sorted(slices.Values(g.names()))); near != "" {
		return "Did you mean " + setting(name, near) + "?"
	}
	all := groups()
	for _, other := range slices.Sorted(maps.Keys(all)) {
		if slices.Contains(all[other].names(), key) {
			return "Did you mean " + setting(other, key) + "?"
		}
	}
	return "See docs/configuration.md for the settings there are."
}
