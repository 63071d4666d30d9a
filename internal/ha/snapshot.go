package ha

// Goal is what the node should be. People see the goal and how far it got as
// State.
type Goal uint8

// The goals.
const (
	Standby Goal = iota // hold nothing
	Primary             // hold the volume and serve
	Fenced              // let go at once, whatever is lost with it
)

// Snapshot is everything that Decide goes by. An instant that is 0 never was.
type Snapshot struct {
	Config *Config
	Now    Instant
	Woke   Instant // the agent's start, or the last time it found that it had been frozen: what was learnt before is not evidence of silence

	Local       Local
	LocalAt     Instant // 0: not looked yet, or something failed since
	VRRP        VRRPEvent
	VRRPAt      Instant // of the last event
	HeardAt     Instant // when VRRP last proved the peer's keepalived alive
	Own         Own
	Described   Attachment
	DescribedAt Instant // 0: nothing that still counts
	Peer        PeerView
	Witness     Witness
	WitnessAt   Instant // when the question behind Witness left
	Record      Record
	Orders      Orders
	EC2         EC2View
}

// Own is what this node knows of its own hold of the volume.
type Own struct {
	Attached   bool    // EC2 said yes to us, or shows us as the holder, and nothing since says otherwise
	AttachedAt Instant // when we learnt it
	Epoch      Epoch   // taken in this agent's life; 0 when not
	Before     Node    // who took the epoch before
	Beat       Instant // start of the last good heartbeat under Epoch
	Lost       Code    // why the volume is lost to us: IOError, ForeignEpoch, Timeout (deadman); OK if not
	Lease      Instant // end of the lease last asked of the kernel; 0 if withdrawn
	VIP        bool    // EC2 assigned it, as far as we know
	VIPSeen    bool    // instance metadata shows it
}

// PeerView is what is known of the peer's agent.
type PeerView struct {
	Report      Report
	AnsweredAt  Instant // when the question left that Report answers, or when it said so by itself
	SilentSince Instant // when the first question left that stayed without answer since; 0 if the last was answered
	SilentUntil Instant // when the last such question had gone unanswered
}

// Orders are what operators asked for and is not done.
type Orders struct {
	HandOver Instant // until when the peer has the right of way; 0 if none
	TakeOver Instant // until when master-recover or ha-failover count; 0 if none
	Overrule bool    // TakeOver may pass by VRRP, youth and hold-down
}

// EC2View is how EC2 treated our last calls.
type EC2View struct {
	Code      Code    // of the last call; OK if it was understood, whatever it said
	FailingAt Instant // since when every call failed; 0 if none did
	InUseAt   Instant // when AttachVolume last said that the volume is taken
}
