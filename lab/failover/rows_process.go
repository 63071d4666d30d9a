package failover

import "time"

// processRows are of single processes of the primary.
func processRows() []Row {
	return []Row{
		{Name: "agent-killed", Unfailing: true, Hurt: fault("kill-agent"), Heal: nothing},
		{Name: "agent-stopped", Unfailing: true, Lasts: 8 * time.Second, Hurt: fault("stop-agent"), Heal: nothing},
		{Name: "keepalived-killed", Unfailing: true, Lasts: 5 * time.Second, Hurt: fault("kill-keepalived"), Heal: nothing},
		{Name: "postgres-killed", Unfailing: true, Hurt: fault("kill-postgres"), Heal: nothing},
		{Name: "postgres-killed-alone", Moves: true, Hurt: killAlone, Heal: heal},
	}
}
