package failover_test

import "tournant/internal/mutation"

// A mutant is the program with a fault of its own, which the lab must find.
type mutant struct {
	name  string
	edits []mutation.Edit
	// rows may find it, in this order; tries is how often each is run at most.
	rows  []string
	tries int
	// by is what it may be found by: the beginnings of a Result's wrongs, and
	// errors' texts.
	by []string
}

// What mutants are found by.
const (
	lost     = "acknowledged writes are lost"
	stale    = "answers were stale"
	late     = "frames left from the VIP past a lapsed lease"
	apart    = "the VIP is elsewhere than the volume"
	revived  = "PostgreSQL was started without the volume"
	unserved = "nobody is served"
	unfenced = "nothing holds back what leaves from the VIP"
)

// The API refuses a server that would lose what it acknowledged, which a mutant
// has to get past.
func unsafe(setting string) []mutation.Edit {
	return []mutation.Edit{
		edit("internal/postgres/settings.go", `{"`+setting+`", "on"}`, `{"`+setting+`", "off"}`),
		edit("internal/store/postgres.go", `{"`+setting+`", "on"}, `, ``),
	}
}

func edit(file, old, is string) mutation.Edit { return mutation.Edit{File: file, Old: old, New: is} }

// revive has PostgreSQL started again whenever it ends, until it is stopped, by
// somebody who is not the agent: what systemd does with Restart=always and
// RestartSec=100ms.
var revive = edit("internal/systemd/plain/main.go", "\tc := exec.Command(unit.Command[0], unit.Command[1:]...)", `
	words := unit.Command
	if unit.Ready != nil {
		words = append([]string{"/bin/sh", "-c", "trap 'kill -INT $p; wait $p; exit' INT; while :; do \"$@\" & p=$!; wait $p; sleep 0.1; done", "sh"}, words...)
	}
	c := exec.Command(words[0], words[1:]...)`)

var mutants = []mutant{
	{"PostgreSQL with fsync=off", unsafe("fsync"), []string{"power-cut"}, 3, []string{lost, stale, unserved}},
	{
		"PostgreSQL with synchronous_commit=off",
		append(unsafe("synchronous_commit"), edit("internal/store/postgres.go", `cfg.RuntimeParams["synchronous_commit"] = "on"`, ``)),
		[]string{"power-cut"}, 3, []string{lost, stale},
	},
	{
		"the VIP is moved by ARP alone: EC2 is never asked",
		[]mutation.Edit{
			edit("internal/ha/agent/cloud.go", "_, err = client.AssignPrivateIP(", "_, _ = here, client.AssignPrivateIP\n\tif false {\n\t\t_, err = client.AssignPrivateIP("),
			edit("internal/ha/agent/cloud.go", "AllowReassignment: true})\n", "AllowReassignment: true})\n\t}\n"),
			edit("internal/ha/agent/cloud.go", "slices.Contains(addresses, c.cfg.VIP), err", "slices.Contains(addresses, c.cfg.VIP) || err == nil, err"),
		},
		[]string{"planned"}, 1, []string{unserved, apart},
	},
	{
		"the VIP is moved by ARP alone: EC2's refusal to reassign it counts for nothing",
		[]mutation.Edit{
			edit("internal/ha/agent/cloud.go", "_, err = client.AssignPrivateIP(", "_, _ = client.AssignPrivateIP("),
			edit("internal/ha/agent/cloud.go", "AllowReassignment: true})", "AllowReassignment: false})"),
			edit("internal/ha/agent/cloud.go", "slices.Contains(addresses, c.cfg.VIP), err", "slices.Contains(addresses, c.cfg.VIP) || err == nil, err"),
		},
		[]string{"planned"}, 1, []string{unserved, apart},
	},
	{
		"an agent without a lease: the kernel lets everything out",
		[]mutation.Edit{edit("internal/vip/table.go", "expr.VerdictDrop", "expr.VerdictAccept")},
		[]string{"freeze-thaw"}, 3, []string{late},
	},
	{
		"an agent whose lease does not end",
		[]mutation.Edit{edit("internal/vip/lease.go", "Timeout: left}", "Timeout: left + time.Hour}")},
		[]string{"freeze-thaw"}, 3, []string{late},
	},
	{
		"an agent that does not put its fence back",
		// Neither what is missing of it nor, when the kernel knows of no set, all of it.
		[]mutation.Edit{
			edit("internal/vip/lease.go", "if f.whole(l.conn, l.vip) {", "if f.whole(l.conn, l.vip) || true {"),
			edit("internal/vip/lease.go", "return l.install()", "return nil"),
		},
		[]string{"fence-flushed"}, 1, []string{unfenced},
	},
	{"PostgreSQL with Restart=always", []mutation.Edit{revive}, []string{"postgres-killed-alone"}, 3, []string{revived}},
}
