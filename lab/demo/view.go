package demo

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// A style is an SGR parameter of ECMA-48, "" for none.
type style string

const (
	plain  style = ""
	bold   style = "1"
	dim    style = "2"
	red    style = "1;31"
	green  style = "32"
	yellow style = "33"
	blue   style = "36"
)

// A word has one style, and a row is words.
type word struct {
	style style
	text  string
}

type row []word

// render cuts a row to a width, since a longer one would wrap.
func (r row) render(width int, colour bool) string {
	var b strings.Builder
	for _, w := range r {
		runes := []rune(w.text)
		if len(runes) > width {
			runes = runes[:width]
		}
		width -= len(runes)
		if colour && w.style != plain && len(runes) > 0 {
			fmt.Fprintf(&b, "\x1b[%sm%s\x1b[0m", w.style, string(runes))
		} else {
			b.WriteString(string(runes))
		}
	}
	return b.String()
}

// view lays a frame out on a terminal of that size.
func view(f Frame, width, height int, colour bool) []string {
	rows := head(f, width)
	rows = append(rows, hosts(f)...)
	rows = append(rows, figures(f, width)...)
	rows = append(rows, told(f, max(3, height-1-len(rows)))...)
	var lines []string
	for _, r := range rows[:min(len(rows), max(1, height-1))] {
		lines = append(lines, r.render(width, colour))
	}
	return lines
}

func head(f Frame, width int) []row {
	name, clock := "Tournant: two backends, one volume, one address", brief(f.Since)
	rows := []row{
		{{bold, name}, {plain, strings.Repeat(" ", max(1, width-len(name)-len(clock)))}, {dim, clock}},
		{{dim, strings.Repeat("─", width)}},
		{{blue, "Act " + f.Act}},
	}
	story := wrap(f.Story, width)
	for len(story) < 3 { // so that what is below stays where it is
		story = append(story, "")
	}
	for _, line := range story {
		rows = append(rows, row{{plain, line}})
	}
	return rows
}

// wrap breaks a text between words.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, w := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(w) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + w)
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// stateStyles are the colours of the pictures, as far as terminals have them.
var stateStyles = map[string]style{"primary": green, "promoting": yellow, "demoting": yellow, "fenced": red}

func hosts(f Frame) []row {
	rows := []row{{}, {{dim, fmt.Sprintf("%-8s%-12s%-9s%-10s%-7s%s", "backend", "state", "volume", "address", "epoch", "why")}}}
	for _, h := range f.Hosts {
		state, epoch := h.State, ""
		how := stateStyles[state]
		switch {
		case h.Power == NotYet:
			state, how = "not there", dim
		case h.Power == Cut:
			state, how = "no power", red
		case state == "":
			state, how = "no answer", dim
		}
		if h.Epoch > 0 {
			epoch = fmt.Sprint(h.Epoch)
		}
		rows = append(rows, row{
			{bold, fmt.Sprintf("%-8s", h.Name)}, {how, fmt.Sprintf("%-12s", state)},
			{blue, fmt.Sprintf("%-9s", mark(f.Volume == h.Name))}, {blue, fmt.Sprintf("%-10s", mark(f.Address == h.Name))},
			{plain, fmt.Sprintf("%-7s", epoch)}, {dim, h.Reason},
		})
	}
	return rows
}

func mark(here bool) string {
	if here {
		return "●"
	}
	return ""
}

// figures are the fleet's.
func figures(f Frame, width int) []row {
	t := f.Tally
	figure := func(name string, n int, bad style) []word {
		how := bold
		if n > 0 && bad != plain {
			how = bad
		}
		return []word{{plain, name + " "}, {how, fmt.Sprintf("%-7d", n)}}
	}
	line := func(name string, words ...[]word) row {
		r := row{{dim, fmt.Sprintf("%-10s", name)}}
		for _, w := range words {
			r = append(r, w...)
		}
		return r
	}
	last := time.Duration(0)
	if n := len(t.Slots); n > 0 {
		last = t.Slots[n-1]
	}
	return []row{
		{},
		line(fmt.Sprintf("%d nodes", f.Nodes), figure("answered", t.Served, plain), figure("waiting now", t.Held, yellow), figure("had to wait", t.Released, plain), figure("failed", t.Failed, red)),
		line("writes", figure("acknowledged", t.Acknowledged, plain), figure("read back", t.ReadBack, plain), figure("lost", t.Lost, red)),
		line("longest", []word{{green, sparkline(t.Slots, max(0, width-70))}, {plain, fmt.Sprintf("  %-13s", brief(last))}, {dim, "wait in each half second, 10 ms ▁ to 10 s █"}}),
	}
}

// told are the newest lines that fit.
func told(f Frame, most int) []row {
	rows := []row{{}}
	lines := f.Told[max(0, len(f.Told)-most+1):]
	for _, l := range lines {
		how := plain
		if l.Loud {
			how = bold
		}
		rows = append(rows, row{{dim, fmt.Sprintf("%11s  ", brief(l.At))}, {how, l.Text}})
	}
	return rows
}
