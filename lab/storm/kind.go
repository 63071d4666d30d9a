package storm

import (
	"context"
	"time"

	"tournant/lab/cluster"
)

// A Role is whom a fault befalls, as it stands when the gust begins: who has the volume
// is primary.
type Role string

// The roles. Nobody is for what befalls no host: EC2, or the network between the
// backends.
const (
	Primary  Role = "primary"
	Standby  Role = "standby"
	Frontend Role = "frontend"
	Nobody   Role = ""
)

// A Class is what a fault is of. Two of one class never meet: either would undo what
// the other did.
type Class string

// The classes.
const (
	OfHost     Class = "host"
	OfProcess  Class = "process"
	OfNetwork  Class = "network"
	OfEC2      Class = "EC2"
	OfVolume   Class = "volume"
	OfOperator Class = "operator"
)

// A Kind is one thing that can go wrong, to one role.
type Kind struct {
	Name  string
	Role  Role
	Class Class
	// Lasts is how long at least and at most until it is mended; 0 is for what is over by
	// itself.
	Lasts [2]time.Duration
	// Without is how long at most nobody may be served if it is alone: the bound of the
	// table of faults that the agent was designed by (docs/ha-aws.md, "Failure by failure").
	Without time.Duration
	// Stays says that nobody may take over because of it.
	Stays bool
	// Evicts says that the volume may have to be taken by force, which waits for a young
	// attachment and for the hold-down.
	Evicts bool
	// Company says that alone it shows nothing: something that moves the volume comes with it.
	Company bool
	// Solo says that nothing comes with it.
	Solo bool

	hurt, mend deed
}

// A deed is done to a host.
type deed func(ctx context.Context, k *cluster.Cluster, host string) error

// moves says that the volume goes to the other backend if all else is well.
func (k *Kind) moves() bool { return k.Role == Primary && (k.Evicts || k.Class == OfOperator) }

// String is how it is called in the record and in the report.
func (k *Kind) String() string {
	if k.Role == Nobody {
		return k.Name
	}
	return k.Name + ", " + string(k.Role)
}

// What the table gives, in the order of its rows.
const (
	handOver   = 15 * time.Second
	crash      = 30 * time.Second
	hang       = 45 * time.Second
	restarted  = 10 * time.Second
	database   = 15 * time.Second
	bootOfBoth = 60 * time.Second
	auditOfVIP = 20 * time.Second
	unnoticed  = 5 * time.Second // "nothing happens", on a machine that has other things to do
	// What a dead frontend has locked PostgreSQL holds until it believes that: 3 s, and longer
	// where others wait behind each other (internal/store/DESIGN.md).
	ofFrontend = 7 * time.Second
)

func lasts(least, most float64) [2]time.Duration {
	return [2]time.Duration{time.Duration(least * float64(time.Second)), time.Duration(most * float64(time.Second))}
}

// Kinds are all there are: the deck that a schedule is dealt from.
func Kinds() []Kind {
	return []Kind{
		{Name: "planned", Role: Primary, Class: OfOperator, Without: handOver, hurt: row("planned")},
		{Name: "stop-keepalived", Role: Primary, Class: OfOperator, Lasts: lasts(12, 30), Without: handOver, hurt: row("stop-keepalived"), mend: healed("stop-keepalived")},

		{Name: "power-cut", Role: Primary, Class: OfHost, Lasts: lasts(5, 45), Without: crash, Evicts: true, hurt: fault("power-cut"), mend: mend("power-cut")},
		{Name: "power-cut", Role: Standby, Class: OfHost, Lasts: lasts(5, 30), Without: unnoticed, Stays: true, hurt: fault("power-cut"), mend: mend("power-cut")},
		{Name: "power-cut", Role: Frontend, Class: OfHost, Lasts: lasts(5, 20), Without: ofFrontend, Stays: true, hurt: fault("power-cut"), mend: mend("power-cut")},
		{Name: "instance-stopped", Role: Primary, Class: OfHost, Lasts: lasts(10, 45), Without: crash, Evicts: true, hurt: row("instance-stopped"), mend: mend("halt")},
		{Name: "reset", Role: Primary, Class: OfHost, Without: crash, Evicts: true, hurt: fault("reset")},
		{Name: "reset", Role: Standby, Class: OfHost, Without: unnoticed, Stays: true, hurt: fault("reset")},
		{Name: "reboot", Role: Primary, Class: OfHost, Without: crash, hurt: fault("reboot")},
		{Name: "reboot", Role: Standby, Class: OfHost, Without: unnoticed, Stays: true, hurt: fault("reboot")},
		{Name: "reboot", Role: Frontend, Class: OfHost, Without: unnoticed, Stays: true, hurt: fault("reboot")},
		{Name: "reboot-both", Class: OfHost, Without: bootOfBoth, Solo: true, hurt: row("reboot-both")},
		{Name: "freeze", Role: Primary, Class: OfHost, Lasts: lasts(2, 25), Without: hang, Evicts: true, hurt: fault("freeze"), mend: mend("freeze")},
		{Name: "freeze", Role: Standby, Class: OfHost, Lasts: lasts(2, 20), Without: unnoticed, Stays: true, hurt: fault("freeze"), mend: mend("freeze")},

		{Name: "kill-agent", Role: Primary, Class: OfProcess, Without: restarted, Stays: true, hurt: fault("kill-agent")},
		{Name: "kill-agent", Role: Standby, Class: OfProcess, Without: unnoticed, Stays: true, hurt: fault("kill-agent")},
		{Name: "stop-agent", Role: Primary, Class: OfProcess, Lasts: lasts(1, 12), Without: restarted, hurt: fault("stop-agent"), mend: mend("stop-agent")},
		{Name: "stop-agent", Role: Standby, Class: OfProcess, Lasts: lasts(1, 12), Without: unnoticed, Stays: true, hurt: fault("stop-agent"), mend: mend("stop-agent")},
		{Name: "kill-keepalived", Role: Primary, Class: OfProcess, Without: unnoticed, Stays: true, hurt: fault("kill-keepalived")},
		{Name: "kill-keepalived", Role: Standby, Class: OfProcess, Without: unnoticed, Stays: true, hurt: fault("kill-keepalived")},
		{Name: "kill-postgres", Role: Primary, Class: OfProcess, Without: database, hurt: fault("kill-postgres")},
		{Name: "fence-flushed", Role: Primary, Class: OfProcess, Without: unnoticed, Stays: true, hurt: flushFence},
		{Name: "fence-flushed", Role: Standby, Class: OfProcess, Without: unnoticed, Stays: true, hurt: flushFence},

		{Name: "partition", Class: OfNetwork, Lasts: lasts(4, 30), Without: unnoticed, Stays: true, hurt: parted(true), mend: parted(false)},
		{Name: "flapping", Class: OfNetwork, Without: unnoticed, Stays: true, Solo: true, hurt: flap},
		{Name: "isolate", Role: Primary, Class: OfNetwork, Lasts: lasts(4, 30), Without: hang, Evicts: true, hurt: fault("isolate"), mend: mend("isolate")},
		// It hears nobody and reaches EC2: it takes the volume, since the others may be dead.
		{Name: "isolate", Role: Standby, Class: OfNetwork, Lasts: lasts(4, 25), Without: hang, Evicts: true, hurt: fault("isolate"), mend: mend("isolate")},
		{Name: "cut-off", Role: Frontend, Class: OfNetwork, Lasts: lasts(4, 25), Without: ofFrontend, Stays: true, hurt: fault("partition"), mend: mend("partition")},
		{Name: "deaf", Role: Primary, Class: OfNetwork, Lasts: lasts(4, 25), Without: unnoticed, Stays: true, hurt: fault("deaf"), mend: mend("deaf")},
		{Name: "deaf", Role: Standby, Class: OfNetwork, Lasts: lasts(4, 25), Without: unnoticed, Stays: true, hurt: fault("deaf"), mend: mend("deaf")},
		{Name: "vip-stolen", Role: Frontend, Class: OfNetwork, Without: auditOfVIP, Stays: true, hurt: fault("vip-stolen")},
		{Name: "vip-on-standby", Role: Standby, Class: OfNetwork, Lasts: lasts(20, 25), Without: unnoticed, Stays: true, Solo: true, hurt: ofPeer(row("vip-on-standby")), mend: ofPeer(healed("vip-on-standby"))},

		{Name: "ec2-down", Class: OfEC2, Lasts: lasts(5, 40), Without: unnoticed, Stays: true, hurt: fault("ec2-down"), mend: mend("ec2-down")},
		{Name: "ec2-down", Role: Standby, Class: OfEC2, Lasts: lasts(5, 30), Without: unnoticed, Stays: true, hurt: fault("ec2-down"), mend: mend("ec2-down")},
		{Name: "ec2-throttle", Class: OfEC2, Lasts: lasts(5, 30), Without: unnoticed, Stays: true, hurt: fault("ec2-throttle"), mend: mend("ec2-throttle")},
		{Name: "stale", Class: OfEC2, Lasts: lasts(10, 40), Without: unnoticed, Stays: true, Company: true, hurt: stale, mend: healEC2},
		{Name: "revoked", Class: OfEC2, Lasts: lasts(5, 30), Without: unnoticed, Stays: true, hurt: row("revoked"), mend: healEC2},
		{Name: "detach-stuck", Class: OfEC2, Lasts: lasts(10, 40), Without: unnoticed, Stays: true, Company: true, hurt: fault("detach-stuck"), mend: mend("detach-stuck")},
		{Name: "attach-stuck", Class: OfEC2, Lasts: lasts(10, 100), Without: unnoticed, Stays: true, Company: true, hurt: fault("attach-stuck"), mend: mend("attach-stuck")},

		{Name: "io-stall", Role: Primary, Class: OfVolume, Lasts: lasts(2, 25), Without: hang, Evicts: true, hurt: fault("io-stall"), mend: mend("io-stall")},
		{Name: "io-error", Role: Primary, Class: OfVolume, Lasts: lasts(2, 20), Without: hang, Evicts: true, hurt: fault("io-error"), mend: mend("io-error")},
	}
}
