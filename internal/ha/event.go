package ha

// EventKind says which field of an Event counts.
type EventKind uint8

// The kinds of event.
const (
	EventTick    EventKind = iota // nothing happened: Machine.Wake's instant came
	EventResult                   // a command ended: Result
	EventVRRP                     // keepalived's FIFO, or its unit: VRRP
	EventPeer                     // the peer said something unasked (TellPeer): Report
	EventService                  // systemd saw a unit end by itself: Action is StartPostgres or StartAPI, by which one
	EventRequest                  // an operator, or the peer by AskRelease: Request
)

// Event is what a Machine is told. Build one with the field its Kind names.
type Event struct {
	Kind    EventKind
	VRRP    VRRPEvent
	Request Request
	Service Action
	Report  Report
	Result  Result
}

// VRRPEvent is a line of keepalived's notify FIFO, or what systemd says of its
// unit.
type VRRPEvent uint8

// VRRP's events.
const (
	VRRPUnknown VRRPEvent = iota // no word since the agent started
	VRRPBackup                   // BACKUP: hears a master
	VRRPMaster                   // MASTER: hears none
	VRRPFault                    // FAULT: its own link is down
	VRRPStop                     // STOP, or the unit is inactive: stopped in order
	VRRPCrashed                  // the unit failed and will be started again
	VRRPRxLower                  // MASTER_RX_LOWER_PRI: is master, and just heard a lesser one
)

// Request is what an operator, or the peer, wants.
type Request uint8

// The requests. Machine.Refuse tells whether one would be refused now, and why.
const (
	RequestNone            Request = iota
	RequestStopKeepalived          // hand over if primary; take no part until RequestStartKeepalived
	RequestStartKeepalived         // take part again, as standby
	RequestFailover                // hand over to the peer, or take over from it in good order
	RequestMaintenanceOn           // neither take over nor hand over by itself
	RequestMaintenanceOff          //
	RequestMasterRecover           // become primary whatever VRRP and the hold-down say
	RequestBackupRecover           // become standby and stay so until RequestMasterRecover or RequestStartKeepalived
	RequestRelease                 // the peer asks for the volume (its AskRelease)
)

// Result is how a Command ended. Which fields are set is said at its Action.
type Result struct {
	ID         ID
	Action     Action
	Code       Code
	Text       string  // the error's own words, for people
	Started    Instant // Heartbeat, AskPeer, AskFrontends: read before the first byte went out
	Yes        bool    // AuditVIP
	Epoch      Epoch   // TakeEpoch
	Previous   Epoch   // TakeEpoch
	Local      Local
	Attachment Attachment
	Witness    Witness
	Report     Report
}

// Local is this host as Observe saw it.
type Local struct {
	Device     bool // a device with the volume's serial is there
	Mounted    bool // something is mounted on, or active under, ha['path']
	Postgres   Service
	API        Service
	Address    bool // the VIP is on the network interface
	DataFull   bool // 95 % of the volume is used
	RootFull   bool // the root file system is full, or cannot be written
	Keepalived bool // its unit is active
}

// Service is a systemd unit of ours.
type Service uint8

// States of a Service.
const (
	Stopped Service = iota // no process is left
	Running                // it answers
	Unclear                // anything else: to be stopped before it is used or the volume leaves
)

// Attachment is what DescribeVolumes and DescribeInstances said.
type Attachment struct {
	Date       ServerTime // EC2's clock at the answer
	To         Node       // Nobody: available
	Detaching  bool       // detaching or busy
	Attaching  bool
	AttachedAt ServerTime
	PeerDown   bool // the peer's instance is stopped or terminated
}

// Witness is what the frontends said when asked at Result.Started.
type Witness struct {
	Asked    int     // frontends that were asked
	Answered int     // frontends that answered in time
	Vouched  bool    // one has the peer's own lease proof
	ProofAt  Instant // when the youngest such proof was made, by our clock and no earlier than it was
}

// Report is what one agent tells the other of itself, signed by TLS.
type Report struct {
	State  State
	Epoch  uint64 // the last it took or saw
	Holds  bool   // it takes the volume to be attached to it
	Lease  bool   // packets may still leave from its VIP
	Yields bool   // it will not take the volume: the other should
	Ready  bool   // it could take over: EC2 answers, PostgreSQL's major fits, no hold
}

// State is the node as people see it in ha-status.
type State uint8

// The states.
const (
	StateStandby State = iota
	StatePromoting
	StatePrimary
	StateDemoting
	StateFenced
)

// Record is what the machine needs to find again after the agent's end, and
// after a reboot: times in it are EC2's. See DESIGN.md, "What survives".
type Record struct {
	Maintenance bool
	Held        bool       // an operator's backup-recover
	ForcedAt    ServerTime // EC2's clock at our last force; 0 after a release in good order
	Took        bool       // we have had the volume since
	Forces      uint8      // forces in this duel, for doubling
	Served      Epoch      // the last that this node served under
}
