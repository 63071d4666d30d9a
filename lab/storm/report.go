package storm

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"tournant/lab/failover"
)

// Report writes the last storm of a record, and a line for each of those before it, in
// Markdown. picture is a file to show, or "".
func Report(w io.Writer, all []Record, picture string) error {
	if len(all) == 0 {
		return errors.New("storm: the record is empty")
	}
	var b strings.Builder
	r := &all[len(all)-1]
	b.WriteString("# A storm\n\nHow it is made and judged, and what storms found: [storm/DESIGN.md](storm/DESIGN.md). This page is written by `make storm`.\n\n")
	fmt.Fprintf(&b, "%s\n\n", r.verdict())
	if picture != "" {
		fmt.Fprintf(&b, "![Who was primary, who had the volume and the VIP, and how clients fared](%s)\n\n", picture)
	}
	r.totals(&b)
	r.byFault(&b)
	r.byGust(&b)
	if len(all) > 1 {
		b.WriteString("\n## Before that\n\n")
		for _, old := range all[:len(all)-1] {
			fmt.Fprintf(&b, "- %s on %s: %s\n", old.At.UTC().Format("2006-01-02 15:04"), old.Lab, old.Summary())
			for _, w := range old.All() {
				fmt.Fprintf(&b, "  - **wrong**: %s\n", w)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Record) verdict() string {
	of := r.Profile
	if p, err := failover.FindProfile(r.Profile); err == nil {
		of = p.String()
	}
	s := fmt.Sprintf("%s of random faults on %s, commit %s, seed %d, %s UTC; %s: ", mmss(time.Duration(r.Length)*time.Millisecond), r.Lab, r.Commit, r.Seed, r.At.UTC().Format("2006-01-02 15:04"), of)
	wrong := r.All()
	if len(wrong) == 0 {
		return s + "**every invariant held**."
	}
	s += fmt.Sprintf("**%d things were as they must not be**.\n", len(wrong))
	for _, w := range wrong {
		s += "\n- " + w
	}
	return s
}

func (r *Record) totals(b *strings.Builder) {
	b.WriteString("| | |\n|---|---|\n")
	failed := 0
	for _, n := range r.Failed {
		failed += n
	}
	moved := 0
	for _, g := range r.Gusts {
		if g.Primary != g.Holder {
			moved++
		}
	}
	for _, row := range [][2]any{
		{"faults, in gusts", fmt.Sprintf("%d in %d", r.faults(), len(r.Gusts))},
		{"gusts after which the other backend was primary", moved},
		{"the volume was taken by force", len(r.Forces)},
		{"requests, a second in the mean", fmt.Sprintf("%d, %.0f", r.Requests, float64(r.Requests)/(time.Duration(r.Length)*time.Millisecond).Seconds())},
		{"acknowledged writes", r.Acknowledged},
		{"of these lost, done twice", fmt.Sprintf("%d, %d", r.Lost, r.Doubled)},
		{"stale answers", r.Stale},
		{"frames from the VIP, of these past a lease", fmt.Sprintf("%d, %d", r.Frames, r.Late)},
		{"without service, in gusts in which it was 2 s or more", inSeconds(r.unserved())},
		{"the longest of these", inSeconds(r.longest())},
		{"requests failed", failed},
	} {
		fmt.Fprintf(b, "| %v | %v |\n", row[0], row[1])
	}
	for _, cause := range slices.Sorted(maps.Keys(r.Causes)) {
		fmt.Fprintf(b, "| of these: %s | %d |\n", cause, r.Causes[cause])
	}
}

// byFault is a line for each kind of fault that came alone, and one for those that came with
// others.
func (r *Record) byFault(b *strings.Builder) {
	b.WriteString("\n## By fault\n\nSeconds are without an acknowledged write. *Waited* are those in which the volume might not be taken by force: the attachment was less than a minute old, or the last force less than ten.\n\n" +
		"| fault | alone | median | longest | at most | of these waited | longest then | in company | longest then |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, k := range Kinds() {
		var alone, waited, company []int64
		for _, g := range r.Gusts {
			for _, f := range g.Happened {
				switch {
				case f.Kind != k.Name || f.Role != k.Role:
				case len(g.Happened) > 1:
					company = append(company, g.Gap)
				case k.Evicts && g.Waits != "":
					waited = append(waited, g.Gap)
				default:
					alone = append(alone, g.Gap)
				}
			}
		}
		slices.Sort(alone)
		fmt.Fprintf(b, "| %s | %d | %s | %s | %.0f | %d | %s | %d | %s |\n", &k, len(alone), middle(alone), last(alone), k.Without.Seconds(), len(waited), last(waited), len(company), last(company))
	}
}

func middle(sorted []int64) string {
	if len(sorted) == 0 {
		return ""
	}
	return figure(sorted[(len(sorted)-1)/2])
}

func last(all []int64) string {
	if len(all) == 0 {
		return ""
	}
	return figure(slices.Max(all))
}

func figure(ms int64) string { return fmt.Sprintf("%.1f", float64(ms)/1000) }

func (r *Record) byGust(b *strings.Builder) {
	b.WriteString("\n## Gust by gust\n\n| # | at | what | a force would wait | primary | s without service | all well after | requests | failed |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, g := range r.Gusts {
		failed := 0
		for _, n := range g.Failed {
			failed += n
		}
		who := g.Primary
		if g.Primary != g.Holder {
			who = g.Holder + " → " + g.Primary
		}
		waits := g.Waits
		if g.Quiet {
			waits = strings.TrimSpace(waits + " (quiet before)")
		}
		fmt.Fprintf(b, "| %d | %s | %s | %s | %s | %s | %s | %d | %d |\n", g.Number, mmss(g.At.Sub(r.At)), g.told(), waits, who, figure(g.Gap), inSeconds(g.Settled.Sub(g.Mended).Milliseconds()), g.Requests, failed)
	}
}

// told is what happened, with its times.
func (b *Blown) told() string {
	var all []string
	for _, f := range b.Happened {
		s := f.String()
		if d := f.Mended.Sub(f.At); f.Lasts > 0 {
			s += fmt.Sprintf(" for %.1f s", d.Seconds())
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}
