package bench

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// cells is a line of the table.
type cells []string

// writeTable writes the results for people, with the failures after the table.
func writeTable(w io.Writer, results []*Result) error {
	runs := slices.ContainsFunc(results, func(r *Result) bool { return r.Runs != nil })
	server := slices.ContainsFunc(results, func(r *Result) bool { return r.Server != nil })
	head := cells{"load", "conns", "requests", "req/s", "p50 ms", "p90 ms", "p99 ms", "errors"}
	if runs {
		head = append(head, "runs/min")
	}
	if server {
		head = append(head, "cpu ms/req", "peak MB")
	}
	lines := []cells{head}
	for _, r := range results {
		lines = append(lines, r.line(runs, server))
		for _, p := range r.Parts {
			lines = append(lines, p.cells("  "+p.Label, "", ""))
		}
		if r.Runs != nil {
			whole := Measured{Requests: r.Runs.Count, Latency: r.Runs.Latency}
			lines = append(lines, whole.cells("  whole run", "", ""))
		}
	}
	if _, err := io.WriteString(w, align(lines)); err != nil {
		return err
	}
	return writeFailures(w, results)
}

func (r *Result) line(runs, server bool) cells {
	line := r.cells(r.title(), fmt.Sprint(r.Connections), digits(r.PerSecond))
	if runs {
		line = append(line, "")
		if r.Runs != nil {
			line[len(line)-1] = digits(r.Runs.PerMinute)
		}
	}
	if server && r.Server != nil {
		line = append(line, digits(r.Server.CPUPerRequest), digits(float64(r.Server.PeakRSS)/1e6))
	}
	return line
}

func (r *Result) title() string {
	if r.Case == "" {
		return r.Load
	}
	return r.Load + " " + r.Case
}

func (m *Measured) cells(title, connections, perSecond string) cells {
	line := cells{title, connections, fmt.Sprint(m.Requests), perSecond, "-", "-", "-", fmt.Sprint(m.Errors)}
	if m.Requests > 0 {
		line[4], line[5], line[6] = digits(m.Latency.P50), digits(m.Latency.P90), digits(m.Latency.P99)
	}
	return line
}

// digits prints three of them, or all of a larger number.
func digits(v float64) string {
	switch {
	case v >= 100 || v == 0:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// align puts the first column to the left and the others to the right.
func align(lines []cells) string {
	var widths []int
	for _, line := range lines {
		for i, cell := range line {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var text strings.Builder
	for _, line := range lines {
		var row strings.Builder
		for i, cell := range line {
			if i == 0 {
				fmt.Fprintf(&row, "%-*s", widths[i], cell)
			} else {
				fmt.Fprintf(&row, "  %*s", widths[i], cell)
			}
		}
		text.WriteString(strings.TrimRight(row.String(), " ") + "\n")
	}
	return text.String()
}

func writeFailures(w io.Writer, results []*Result) error {
	for _, r := range results {
		for _, f := range r.Failures {
			what := fmt.Sprintf("status %d", f.Status)
			if f.Status == 0 {
				what = "no answer"
			}
			if _, err := fmt.Fprintf(w, "%s, connections %d: %d × %s, first %s: %s\n",
				r.title(), r.Connections, f.Count, what, f.Request, f.Example); err != nil {
				return err
			}
		}
	}
	return nil
}
