package failover

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"tournant/lab/load"
)

// request is one that took a second, by a frontend.
func request(kind load.Kind, at string, status int) load.Operation {
	began := moment(at)
	return load.Operation{Route: "fe1", Kind: kind, Status: status, Call: began, Return: began.Add(time.Second)}
}

func TestJudgeFailures(t *testing.T) {
	const full = http.StatusInsufficientStorage
	refused := request(load.Create, "08:00:12", full)
	served := request(load.Get, "08:00:14", http.StatusOK)
	for _, test := range []struct {
		name string
		row  Row
		h    load.History
		want string // "" where nothing is wrong
	}{
		{"nobody noticed", Row{Unfailing: true}, load.History{served}, ""},
		{"somebody did", Row{Unfailing: true}, load.History{refused}, "failed (1)"},
		{"somebody may", Row{}, load.History{refused}, ""},
		{"where it hurts", Row{Unfailing: true, Hurts: "fe1"}, load.History{refused}, ""},
		{"writes are refused", Row{Unfailing: true, Refused: full}, load.History{refused, served}, ""},
		{"none is", Row{Unfailing: true, Refused: full}, load.History{served}, "no write was refused"},
		{"one is otherwise", Row{Unfailing: true, Refused: full}, load.History{refused, served, request(load.Save, "08:00:12", 500)}, "failed (1)"},
		{"a read is", Row{Unfailing: true, Refused: full}, load.History{refused, served, request(load.Get, "08:00:12", full)}, "failed (1)"},
		{"no read is served", Row{Unfailing: true, Refused: full}, load.History{request(load.Get, "08:00:11", 200), refused, request(load.Get, "08:00:29", 200)}, "no read was served"},
		{"one is after it healed", Row{Unfailing: true, Refused: full}, load.History{refused, served, request(load.Save, "08:00:29", full)}, ""},
		{"only after it healed", Row{Unfailing: true, Refused: full}, load.History{request(load.Save, "08:00:29", full), served}, "no write was refused"},
	} {
		r := &Result{hurt: moment("08:00:10"), heal: moment("08:00:30"), well: moment("08:00:31")}
		r.judgeFailures(test.row, test.h)
		got := strings.Join(r.Wrong, "\n")
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
