package failover

import (
	"strings"
	"testing"

	"tournant/lab/load"
)

func TestJudgeKilledFrontend(t *testing.T) {
	// The fault takes until a second after its start, and all is well after 20 s.
	killed := Row{Unfailing: true, Hurts: "fe1"}
	const others, own = "requests through frontends failed", "through the frontend that was hurt"
	for _, c := range []struct {
		name        string
		row         Row
		route       string
		call, after int // in seconds after the fault
		sent        bool
		want        string
	}{
		{"under way when it was killed", killed, "fe1", -2, 10, true, ""},
		{"begun while it was killed", killed, "fe1", 0, 10, true, ""},
		{"no connection while it is down", killed, "fe1", 5, 12, false, ""},
		{"it answered with an error while it was down", killed, "fe1", 5, 12, true, own},
		{"an error before", killed, "fe1", -4, -3, true, own},
		{"no connection before", killed, "fe1", -4, -3, false, own},
		{"no connection after it serves", killed, "fe1", 21, 22, false, own},
		{"the other frontend", killed, "fe2", -2, 10, true, others},
		{"no connection to the other frontend", killed, "fe2", 5, 12, false, others},
		{"nobody is hurt", Row{Unfailing: true}, "fe1", -2, 10, true, others},
		{"straight to the VIP", Row{Unfailing: true}, routeVIP, 5, 12, true, ""},
		{"failures are allowed", Row{}, "fe1", 5, 12, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Result{hurt: start, hurtBy: at(1), well: at(20)}
			ok := load.Operation{Route: "fe2", Kind: load.Get, Status: 200, Call: at(3), Return: at(4), Sent: true}
			r.judgeFailures(c.row, load.History{ok, {
				Route: c.route, Kind: load.Save, Call: at(c.call), Return: at(c.after), Sent: c.sent, Error: "EOF",
			}})
			if (c.want == "") != (len(r.Wrong) == 0) || !strings.Contains(strings.Join(r.Wrong, "\n"), c.want) {
				t.Errorf("got %q, want %q", r.Wrong, c.want)
			}
		})
	}
}
