package failover

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Report draws a record as a table in Markdown: a line for each commit, kind of hosts, profile and row,
// in the order in which they first appear.
func Report(w io.Writer, record []Result) error {
	var b strings.Builder
	b.WriteString("| commit | hosts | EC2 | fault | runs | taken over | s without service: median | p99 | acknowledged writes | lost | twice | stale | requests failed (frontend / VIP) | frames from the VIP | past a lease | all well |\n")
	b.WriteString("|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	type key struct {
		commit, profile, row string
		kind                 Kind
	}
	var order []key
	groups := map[key][]Result{}
	for _, r := range record {
		k := key{r.Commit, r.Profile, r.title(), r.kind()}
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], r)
	}
	for _, k := range order {
		b.WriteString(line(groups[k]))
	}
	for _, k := range order {
		writeStages(&b, groups[k])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func line(runs []Result) string {
	var sum Result
	var gaps []int64
	moved, well, atVIP, elsewhere := 0, 0, 0, 0
	for _, r := range runs {
		gaps = append(gaps, r.Gap)
		sum.Acknowledged += r.Acknowledged
		sum.Requests += r.Requests
		sum.Lost, sum.Doubled, sum.Stale = sum.Lost+r.Lost, sum.Doubled+r.Doubled, sum.Stale+r.Stale
		sum.Frames, sum.Late = sum.Frames+r.Frames, sum.Late+r.Late
		for route, n := range r.Failed {
			if route == routeVIP {
				atVIP += n
			} else {
				elsewhere += n
			}
		}
		if r.Moved {
			moved++
		}
		if len(r.Wrong) == 0 {
			well++
		}
	}
	slices.Sort(gaps)
	return fmt.Sprintf("| %s | %s | %s | %s | %d | %d | %s | %s | %d | %d | %d | %d | %d / %d of %d | %d | %d | %d of %d |\n",
		runs[0].Commit, runs[0].kind(), runs[0].Profile, runs[0].title(), len(runs), moved, seconds(rank(gaps, 50)), seconds(rank(gaps, 99)), sum.Acknowledged, sum.Lost, sum.Doubled, sum.Stale,
		elsewhere, atVIP, sum.Requests, sum.Frames, sum.Late, well, len(runs))
}

// title is a row's, and of an upgrade also what it is from.
func (r *Result) title() string {
	if r.From == "" {
		return r.Row
	}
	return r.Row + " from " + r.From
}

// writeStages draws the stages of upgrades as a table of their own.
func writeStages(b *strings.Builder, runs []Result) {
	if runs[0].From == "" {
		return
	}
	fmt.Fprintf(b, "\n%s to %s, %d runs:\n\n| stage | s: median | s without service, by one frontend: median | most |\n|---|---|---|---|\n", runs[0].title(), runs[0].To, len(runs))
	var names []string
	took, gaps := map[string][]int64{}, map[string][]int64{}
	for _, r := range runs {
		for _, s := range r.Stages {
			if took[s.Name] == nil {
				names = append(names, s.Name)
			}
			took[s.Name], gaps[s.Name] = append(took[s.Name], s.Took), append(gaps[s.Name], s.Gap)
		}
	}
	for _, name := range names {
		slices.Sort(took[name])
		slices.Sort(gaps[name])
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, seconds(rank(took[name], 50)), seconds(rank(gaps[name], 50)), seconds(rank(gaps[name], 100)))
	}
}

// rank is the nearest-rank percentile of what is sorted.
func rank(sorted []int64, percent int) int64 {
	n := (len(sorted)*percent + 99) / 100
	return sorted[max(n, 1)-1]
}

func seconds(ms int64) string {
	return fmt.Sprintf("%.2f", (time.Duration(ms) * time.Millisecond).Seconds())
}
