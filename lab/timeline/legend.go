package timeline

import (
	"fmt"
	"slices"
)

// An entry of the legend.
type entry struct{ class, text string }

// width in pixels, with its swatch and the space after it.
func (e entry) width() float64 { return 20 + fontAbout.width(e.text) + 16 }

// legendRows are as many entries to a row as fit, of what the picture has.
func (d *drawing) legendRows(most float64) [][]entry {
	var rows [][]entry
	for _, group := range [][]entry{d.stateEntries(), d.requestEntries()} {
		var row []entry
		used := 0.0
		for _, e := range group {
			if used+e.width() > most && len(row) > 0 {
				rows, row, used = append(rows, row), nil, 0
			}
			row = append(row, e)
			used += e.width()
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

func (d *drawing) stateEntries() []entry {
	there := map[string]bool{}
	for _, l := range d.Lanes {
		for _, s := range d.spans(l) {
			there[s.what] = true
		}
	}
	var all []entry
	for _, s := range slices.Concat(states, []string{Off}) {
		if there[s] {
			all = append(all, entry{s, span{what: s}.name()})
		}
	}
	for _, h := range d.hosts {
		if there[h] {
			all = append(all, entry{d.class(h), fontAbout.fit("with "+h, 200)})
		}
	}
	return all
}

func (d *drawing) requestEntries() []entry {
	sum := d.sum()
	return append([]entry{
		{"served", fmt.Sprintf("answered within %s: %d", millis(Held), sum.served)},
		{"released", fmt.Sprintf("held, then answered: %d", sum.released)},
		{"failed", fmt.Sprintf("failed: %d", sum.failed)},
	}, d.gapEntries()...)
}

func (d *drawing) drawLegend() {
	y := d.legendTop
	for _, row := range d.legend {
		x := 24.0
		for _, e := range row {
			d.rect(e.class, box{x, y - 10, 14, 12}, 2, "")
			d.text(fontAbout, x+20, y+1, start, e.text)
			x += e.width()
		}
		y += 22
	}
	y += 2
	for _, line := range d.note {
		d.text(fontWhat, 24, y, start, line)
		y += 15
	}
}
