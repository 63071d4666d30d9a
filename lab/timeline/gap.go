package timeline

import (
	"fmt"
	"strings"
)

// tell is a gap in words, brief in as few as can be.
func (g Gap) tell() string  { return g.brief() + " without " + g.Of }
func (g Gap) brief() string { return seconds(g.Length()) + " s" }

// gaps are brackets between the lanes and the requests. Each has as many words
// as its width is enough for, and no fewer than its length, if that touches no
// other's: its title and the legend have all of them.
func (d *drawing) gaps() {
	y := d.gapTop + 8
	free := plotLeft // what is left of here is taken
	all := d.shown()
	for i, g := range all {
		from, to := d.x(g.From), d.x(g.To)
		d.path("bracket", fmt.Sprintf("M%s %sv9H%sv-9", point(from), point(y-5), point(to)), g.tell())
		until := plotRight
		if i+1 < len(all) {
			until = (to + d.x(all[i+1].From)) / 2
		}
		text := g.tell()
		if fontGap.width(text) > to-from {
			text = g.brief()
		}
		w := fontGap.width(text)
		if x := min(max((from+to-w)/2, free), until-w); x >= free {
			d.text(fontGap, x, y+21, start, text)
			free = x + w + 12
		}
	}
}

// gapEntries say for all gaps of a kind how long they were.
func (d *drawing) gapEntries() []entry {
	var kinds []string
	lengths := map[string][]string{}
	for _, g := range d.shown() {
		if lengths[g.Of] == nil {
			kinds = append(kinds, g.Of)
		}
		lengths[g.Of] = append(lengths[g.Of], g.brief())
	}
	var all []entry
	for _, of := range kinds {
		all = append(all, entry{"band swatch", fontAbout.fit("without "+of+": "+strings.Join(lengths[of], ", "), 600)})
	}
	return all
}
