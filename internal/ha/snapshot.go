package ha

import "time"

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

	Local   Local   // this host, as last observed and changed since
	LocalAt Instant // 0: not looked yet
	Coming  Coming
	Own     Own
	VRRP    VRRPEvent // its state: RxLower shows in HeardAt
	HeardAt Instant   // when VRRP last proved the peer's keepalived alive, while not BACKUP
	EC2     EC2View
	Peer    PeerView
	Witness WitnessView
	Record  Record
	Orders  Orders
}

// Own is what this node knows of its own hold of the volume.
type Own struct {
	Attached   bool    // EC2 said yes to us, or shows us as the holder, and nothing since says otherwise
	AttachedAt Instant // when we learnt it
	Opened     bool    // OpenDevice found it, since
	Epoch      Epoch   // taken in this agent's life; Number 0 when not
	EpochAt    Instant // when that was known: from then on, no other node has the volume or proves a lease by it
	RivalAt    Instant // no other node has proved a lease by the volume since then; at most EpochAt
	Beat       Instant // start of the last good heartbeat, or EpochAt
	HeldAt     Instant // as Beat, and kept when the volume is gone
	Lost       Code    // why the volume is no use to us: everything local is ended; OK if it is
	Avoid      Instant // no new attempt before
	DetachAt   Instant // since when Detach is tried; 0 if it is not
	Lease      Instant // no packet leaves from the VIP later, whatever becomes of us; 0 once withdrawn
	Valid      Instant // until when packets may leave, as far as the kernel confirmed; 0: none could yet, under this epoch
	Alone      bool    // the former primary's last packet has left; nothing that is heard later changes that
	GivenAt    Instant // when AttachVolume's yes, a prompt one, came; 0 if we came by the volume otherwise
	VIP        bool    // EC2 gave us the VIP, as far as we know
	VIPSeen    bool    // instance metadata shows it
	Checkpoint bool    // was tried in this hand-over, which now stops serving
	KillTried  bool    // PostgreSQL did not stop in good order
	APIFailed  bool    // the last try to start the API was in vain
	Deaths     int     // of PostgreSQL within Config.RestartsWithin
	Adopt      Instant // until when what a former life left here may be this one's; 0 if it may not, or is
}

// Coming is what commands under way may yet bring about here.
type Coming struct {
	Mount, Postgres, API, Address bool
}

// EC2View is what EC2 said, and how it treated our calls.
type EC2View struct {
	FailingAt    Instant // since when every call failed; 0 if none did
	InUseAt      Instant // when AttachVolume last said that the volume is taken; 0 to ask again
	Described    Attachment
	DescribedAt  Instant // 0: nothing that still counts
	DetachPeerAt Instant // when a detach from the peer was taken; 0 if it was not
	ForcedAt     Instant // and a force
	Watch        Watch
}

// Watch is for how long AttachVolume has said, without a pause, that the volume is
// taken.
type Watch struct {
	Since   Instant // 0: not watched
	Last    Instant // when it was last known
	Pending bool    // Record's force is of the hold that is watched, and was not sent yet, or refused
}

// PeerView is what is known of the peer's agent. Silence counts only from
// questions that left since this agent last woke.
type PeerView struct {
	Report      Report
	AskedAt     Instant // when the question left that Report answers
	AnsweredAt  Instant // when Report came
	SilentSince Instant // when the first question left that stayed without answer; 0 if the last was answered
	SilentUntil Instant // when the last one had gone unanswered
	YieldsAt    Instant // since when it yields, and is not on its way there; anew once it knows that it holds
	Patience    Instant // when we stop waiting for a standby peer to become primary
}

// WitnessView is what the frontends last said.
type WitnessView struct {
	Witness
	At Instant // when the question left; 0 if what they said no longer counts
}

// Orders are what operators, or this node, want done and is not done.
type Orders struct {
	HandOver Instant // until when the peer has the right of way; 0 if it has not
	Since    Instant // when this node began to let go; 0 if it does not
	Why      Reason
	TakeOver Instant // until when an operator wants this node primary; 0 if not
	Overrule bool    // and to pass by VRRP, youth, hold-down and Avoid
}

// holds says that the volume is, or may be, attached here.
func (s *Snapshot) holds() bool { return s.Own.Attached || s.Local.Device }

// What uses the volume or the VIP, or may at any moment.

func (s *Snapshot) hasMount() bool    { return s.Local.Mounted || s.Coming.Mount }
func (s *Snapshot) hasPostgres() bool { return s.Local.Postgres != Stopped || s.Coming.Postgres }
func (s *Snapshot) hasAPI() bool      { return s.Local.API != Stopped || s.Coming.API }
func (s *Snapshot) hasVIP() bool      { return s.Own.Lease != 0 || s.Local.Address || s.Coming.Address }

// tidy says that nothing here does.
func (s *Snapshot) tidy() bool {
	return !s.hasMount() && !s.hasPostgres() && !s.hasAPI() && !s.hasVIP()
}

// since is how long ago an instant was; callers know that it was.
func (s *Snapshot) since(i Instant) time.Duration { return s.Now.Sub(i) }

// before says that an instant is set and still to come.
func (s *Snapshot) before(i Instant) bool { return s.Now < i }

// handingOver says that the peer has the right of way.
func (s *Snapshot) handingOver() bool { return s.before(s.Orders.HandOver) }

// takingOver says that an operator wants this node primary.
func (s *Snapshot) takingOver() bool { return s.before(s.Orders.TakeOver) }

// overruling says that an operator takes the guards on himself.
func (s *Snapshot) overruling() bool { return s.takingOver() && s.Orders.Overrule }

// ec2Failing says that EC2 has not answered for long enough to act on it.
func (s *Snapshot) ec2Failing() bool {
	return s.EC2.FailingAt != 0 && s.since(s.EC2.FailingAt) >= s.Config.RetryMax
}
