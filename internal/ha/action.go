package ha

// Action is one thing to do to, or to ask of, the world. Each is idempotent:
// doing it where it is already done succeeds. None retries by itself and none
// waits longer than its command's deadline; the machine does both. An executor
// reports what happened in a Result, whose Code says what an error means.
type Action uint8

// What can be done. The comment of each names what its Result carries and the
// codes that the machine tells apart; every action may also end in Timeout
// (outcome unknown) or Failed.
const (
	ActionNone Action = iota

	// Questions. They change nothing and any number may run beside others.

	// Observe looks at this host: Result.Local. It asks nobody else.
	Observe
	// AskPeer asks the peer's agent over TCP and TLS: Result.Report, with
	// Result.Started the instant the question left. Unreachable when no valid
	// answer came.
	AskPeer
	// AskFrontends asks every frontend at once for a vouch: Result.Witness, with
	// Result.Started. Each asks the peer's agent there and then for the proof of
	// its lease, and passes on what it gets.
	AskFrontends
	// Describe asks DescribeVolumes and DescribeInstances: Result.Attachment.
	// It may be stale. Throttled, Unreachable, Denied, Misconfigured.
	Describe
	// SelfTest asks all five EC2 actions with DryRun. OK means that each would
	// be allowed. Throttled, Unreachable, Denied.
	SelfTest
	// AuditVIP asks instance metadata whether the VIP is among the network
	// interface's addresses: Result.Yes. No EC2 call.
	AuditVIP

	// The volume. At most one of these runs at a time.

	// Attach is AttachVolume to this instance. OK: EC2 said yes. InUse: it is
	// attached, to whom is for Describe to tell. WrongState, Throttled,
	// Unreachable, Denied, Misconfigured. Command.Attempt chooses among the
	// allowed device names, so that a stuck one is not proposed again.
	Attach
	// Detach is DetachVolume, without Force, from this instance, and waiting
	// until EC2 shows the volume gone from it or the deadline. OK: gone.
	// NotAttached: it was not ours to begin with. Busy: still detaching.
	Detach
	// ForceDetach is Detach with Force, from this instance.
	ForceDetach
	// DetachPeer is DetachVolume, without Force, from the peer's instance. It
	// returns with the call: OK means that EC2 took the request. NotAttached,
	// WrongState, Throttled, Unreachable, Denied.
	DetachPeer
	// ForceDetachPeer is DetachPeer with Force.
	ForceDetachPeer
	// OpenDevice finds the device node whose serial is the volume's and opens
	// it. NoDevice: none yet. WrongDevice: several say that they are it. Nothing
	// is looked up by name, but on Xen.
	OpenDevice
	// TakeEpoch reads both copies of the epoch block, writes epoch+1, this node
	// and a new random mark with O_DIRECT, and reads them back: Result.Epoch is
	// the new one and Result.Previous what was there. Where Command.Epoch is set,
	// that must be what was there: else nothing is written. ForeignEpoch,
	// IOError, BadEpochBlock (both copies damaged: an operator's matter), NoDevice,
	// Misconfigured (never prepared, or written by a later release).
	TakeEpoch
	// Mount activates the data volume, compares PG_VERSION with the local
	// major, replays the journal and mounts. Never a format. WrongPostgres,
	// IOError, Damaged, WrongDevice, Misconfigured.
	Mount
	// Unmount unmounts, ending what holds the file system, and deactivates.
	// Busy when something would not end.
	Unmount
	// UnmountLazily lets go of the mount without waiting for I/O (umount -l)
	// and deactivates what can be.
	UnmountLazily

	// Services. A stop and a start of the same one never run together.

	// Checkpoint asks PostgreSQL for a checkpoint while it still serves, so
	// that the one at its stop is short.
	Checkpoint
	// StartPostgres starts the unit under Command.Epoch and returns when it
	// accepts connections. ForeignEpoch if the block no longer says
	// Command.Epoch, which is read just before.
	StartPostgres
	// StopPostgres checkpoints and stops fast, with no process left at OK.
	StopPostgres
	// KillPostgres ends every process of the unit with SIGKILL and does not
	// wait for one in uninterruptible sleep: Busy if there is one.
	KillPostgres
	// StartAPI starts the API's unit and returns when it answers.
	StartAPI
	// StopAPI drains and stops.
	StopAPI
	// KillAPI is StopAPI with SIGKILL.
	KillAPI

	// The lease and the address.

	// Heartbeat writes and reads the epoch block with O_DIRECT. Result.Started
	// is the clock just before the first I/O. OK: the block held Command.Epoch
	// before the write and after. IOError, ForeignEpoch. It may hang as long as
	// the device does; Timeout frees nothing.
	Heartbeat
	// RenewLease and ConfirmLease are the two halves of the kernel's lease: a
	// packet leaves from the VIP while both have time left. Each reads the
	// clock, sets its half's timeout to what is left until Command.Until, and
	// refuses with Late when nothing is. DESIGN.md, "The lease", says why two.
	RenewLease
	ConfirmLease
	// WithdrawLease ends both halves at once.
	WithdrawLease
	// AssignVIP is AssignPrivateIpAddresses with AllowReassignment. OK: EC2
	// took it; AuditVIP tells when it is so.
	AssignVIP
	// AddAddress puts the VIP on the network interface and announces it by
	// gratuitous ARP, also where the address was there already.
	AddAddress
	// RemoveAddress takes the VIP off and resets the connections to it.
	RemoveAddress

	// The rest.

	// RaisePriority writes the track file so that VRRP prefers this node.
	RaisePriority
	// LowerPriority writes it so that VRRP prefers the peer if it is primary.
	LowerPriority
	// StopKeepalived and StartKeepalived are for an operator's request.
	StopKeepalived
	StartKeepalived
	// AskRelease asks the peer's agent to hand the volume over. OK: it will.
	// Refused, Unreachable.
	AskRelease
	// TellPeer sends Command.Report to the peer's agent, which gets it as an
	// event PeerSaid. Nothing depends on its arrival but speed.
	TellPeer
	// Persist writes Command.Record durably.
	Persist

	actions // how many there are
)

// ID numbers a Machine's commands. 0 is none.
type ID uint64

// Command is an Action to start now. The executor posts one Result with its ID,
// at the latest at Deadline, with Timeout if nothing else is known. It reads the
// clock before it sends or does anything and gives up with Timeout if Deadline
// has passed: a process that was frozen must not act on what it knew before.
//
// A Kill, UnmountLazily or WithdrawLease may come while another command for the
// same service, mount or lease still runs: it cancels that one and goes first.
type Command struct {
	ID       ID
	Action   Action
	Deadline Instant
	Epoch    Epoch   // Heartbeat, StartPostgres
	Until    Instant // RenewLease, ConfirmLease
	Attempt  int     // Attach
	Record   Record  // Persist
	Report   Report  // TellPeer
}

// Epoch is a taking of the volume: the number grows with each one, and the
// mark, random, tells two takings apart that chose the same number.
type Epoch struct {
	Number uint64
	Mark   uint64
	Node   Node
}

// Node is one of the two backends.
type Node uint8

// The two backends as seen from one.
const (
	Nobody Node = iota
	Self
	Peer
	Stranger // an instance that is neither
)
