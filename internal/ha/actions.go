package ha

import "time"

// class is what an action works on. Of one class, at most one runs at a time.
type class uint8

const (
	question class = iota // runs beside anything but itself
	volume
	postgres
	api
	lease
	address
	priority
	unit
	classes
)

// trait is what the machine must know of an action to run it.
type trait struct {
	name   string
	class  class
	within time.Duration // its deadline; 0 is Config's to say
	urgent bool          // goes first, whatever of its class runs
	ec2    bool          // its outcome says whether EC2 answers
}

var traits = [actions]trait{
	ActionNone:      {name: "none"},
	Observe:         {name: "observe", within: 2 * time.Second},
	AskPeer:         {name: "ask-peer"},
	AskFrontends:    {name: "ask-frontends", within: time.Second},
	Describe:        {name: "describe", within: 5 * time.Second, ec2: true},
	SelfTest:        {name: "self-test", within: 10 * time.Second, ec2: true},
	AuditVIP:        {name: "audit-vip", within: 2 * time.Second},
	Attach:          {name: "attach", class: volume, within: 5 * time.Second, ec2: true},
	Detach:          {name: "detach", class: volume, within: 5 * time.Second, ec2: true},
	ForceDetach:     {name: "force-detach", class: volume, within: 5 * time.Second, ec2: true},
	DetachPeer:      {name: "detach-peer", class: volume, within: 3 * time.Second, ec2: true},
	ForceDetachPeer: {name: "force-detach-peer", class: volume, within: 3 * time.Second, ec2: true},
	OpenDevice:      {name: "open-device", class: volume, within: 5 * time.Second},
	TakeEpoch:       {name: "take-epoch", class: volume, within: 10 * time.Second},
	Mount:           {name: "mount", class: volume, within: time.Minute},
	Unmount:         {name: "unmount", class: volume, within: 10 * time.Second},
	UnmountLazily:   {name: "unmount-lazily", class: volume, within: 5 * time.Second, urgent: true},
	Checkpoint:      {name: "checkpoint", class: postgres, within: 5 * time.Second},
	StartPostgres:   {name: "start-postgres", class: postgres, within: time.Minute},
	StopPostgres:    {name: "stop-postgres", class: postgres, within: 15 * time.Second},
	KillPostgres:    {name: "kill-postgres", class: postgres, within: 5 * time.Second, urgent: true},
	StartAPI:        {name: "start-api", class: api, within: 20 * time.Second},
	StopAPI:         {name: "stop-api", class: api, within: 10 * time.Second},
	KillAPI:         {name: "kill-api", class: api, within: 5 * time.Second, urgent: true},
	Heartbeat:       {name: "heartbeat"},
	RenewLease:      {name: "renew-lease", class: lease, within: time.Second},
	ConfirmLease:    {name: "confirm-lease", class: lease, within: time.Second},
	WithdrawLease:   {name: "withdraw-lease", class: lease, within: time.Second, urgent: true},
	AssignVIP:       {name: "assign-vip", within: 5 * time.Second, ec2: true},
	AddAddress:      {name: "add-address", class: address, within: 2 * time.Second},
	RemoveAddress:   {name: "remove-address", class: address, within: 2 * time.Second, urgent: true},
	RaisePriority:   {name: "raise-priority", class: priority, within: time.Second},
	LowerPriority:   {name: "lower-priority", class: priority, within: time.Second, urgent: true},
	StopKeepalived:  {name: "stop-keepalived", class: unit, within: 10 * time.Second},
	StartKeepalived: {name: "start-keepalived", class: unit, within: 10 * time.Second},
	AskRelease:      {name: "ask-release", within: time.Second},
	TellPeer:        {name: "tell-peer", within: 500 * time.Millisecond},
	Persist:         {name: "persist", within: 5 * time.Second},
}

// String is the action's name in logs.
func (a Action) String() string {
	if a >= actions {
		return "unknown"
	}
	return traits[a].name
}

// within is the time that an action gets.
func (c *Config) within(a Action) time.Duration {
	switch a {
	case AskPeer:
		return c.AskPeerWithin
	case Heartbeat:
		return c.Deadman
	}
	return traits[a].within
}

// Actions are all actions.
func Actions() []Action {
	out := make([]Action, 0, actions-1)
	for a := Observe; a < actions; a++ {
		out = append(out, a)
	}
	return out
}
