package ha

// Reason is why Decide decided so: one for each of its branches.
type Reason uint8

// The reasons.
const (
	ReasonNone Reason = iota

	// Not knowing enough.
	ReasonLooking

	// Letting go at once.
	ReasonLostIO
	ReasonLostEpoch
	ReasonDeadman
	ReasonUnfit

	// Letting go in good order.
	ReasonStopped
	ReasonHeld
	ReasonHandOver
	ReasonTaken
	ReasonPostgresFails
	ReasonRootFull

	// Becoming primary with the volume in hand.
	ReasonMounting
	ReasonPostgresUnclear
	ReasonPostgresStarting
	ReasonAPIUnclear
	ReasonAPIStarting
	ReasonVIPAssigning
	ReasonVIPUnsure
	ReasonVIPAdding
	ReasonOldLease
	ReasonProving

	// Being primary.
	ReasonLapsed
	ReasonVIPMoving
	ReasonAPIFails
	ReasonDataFull
	ReasonServingAlone
	ReasonServing

	// Standing by, and not allowed more.
	ReasonTidying
	ReasonLinkDown
	ReasonAvoiding

	// The volume is, or was, ours.
	ReasonBothHold
	ReasonDevice
	ReasonAttachStuck
	ReasonEpoch

	// Standing by for the peer.
	ReasonAskingRelease
	ReasonPeerPrimary
	ReasonPeerDemoting
	ReasonPeerLeads
	ReasonMaintenance
	ReasonConfirming
	ReasonVRRPHears
	ReasonVRRPUnknown

	// Getting the volume.
	ReasonAttaching
	ReasonAttachFails
	ReasonWhoHasIt
	ReasonStranger
	ReasonPeerSettles
	ReasonYieldedDetaching
	ReasonYieldedForcing
	ReasonAskingFrontends
	ReasonVouched
	ReasonYoung
	ReasonStale
	ReasonHoldDown
	ReasonNewHold
	ReasonPeerDown
	ReasonDetaching
	ReasonForcing
	ReasonForced

	reasons // how many there are
)

// reasonTexts are the sentences that ha-status and the log show.
var reasonTexts = [reasons]string{
	ReasonNone:    "nothing decided yet",
	ReasonLooking: "the agent has just started and looks at its host first",

	ReasonLostIO:    "the volume answered with an I/O error, so everything that used it is ended",
	ReasonLostEpoch: "another node has taken the volume, so everything that used it is ended",
	ReasonDeadman:   "the volume has not answered for so long that everything that used it is ended",
	ReasonUnfit:     "this node cannot use the volume, so it gives it back",

	ReasonStopped:       "keepalived is stopped on this node: it hands over and takes no part until `chef-server-ctl start keepalived`",
	ReasonHeld:          "an operator made this node standby: `chef-server-ctl master-recover` or `start keepalived` ends that",
	ReasonHandOver:      "the peer has the right of way after a hand-over",
	ReasonTaken:         "the volume was taken from this node, so the peer has the right of way",
	ReasonPostgresFails: "PostgreSQL ended too often here, so the peer takes over",
	ReasonRootFull:      "the root file system of this node is full, so the peer takes over",

	ReasonMounting:         "the volume is ours and its file system is being mounted",
	ReasonPostgresUnclear:  "PostgreSQL is neither up nor down, so it is stopped first",
	ReasonPostgresStarting: "PostgreSQL is starting",
	ReasonAPIUnclear:       "the API is neither up nor down, so it is stopped first",
	ReasonAPIStarting:      "the API is starting",
	ReasonVIPAssigning:     "everything is up and EC2 is asked for the VIP",
	ReasonVIPUnsure:        "everything is up and EC2 does not give the VIP: whether it is here already is being looked up",
	ReasonVIPAdding:        "everything is up and the VIP goes on the network interface",
	ReasonOldLease:         "everything is up and the lease of the former primary runs out first",
	ReasonProving:          "everything is up and the volume is to answer once more",

	ReasonLapsed:       "primary, but the lease has run out: nothing leaves from the VIP until the volume answers",
	ReasonVIPMoving:    "primary, and EC2 is still moving the VIP",
	ReasonAPIFails:     "primary for the frontends, but the API does not start here: it is tried again",
	ReasonDataFull:     "primary, with a volume that is nearly full: it takes no new writes (507) until there is room on it",
	ReasonServingAlone: "primary, though EC2 does not answer: nothing needs it until the next failover",
	ReasonServing:      "primary",

	ReasonTidying:  "not primary: what is left of services, mount and VIP is removed",
	ReasonLinkDown: "this node's own network link is down",
	ReasonAvoiding: "the volume did not work here, so the next attempt waits",

	ReasonBothHold:    "the peer has the volume, so what EC2 or this host show of it here is given back",
	ReasonDevice:      "the volume is attached and its device is awaited",
	ReasonAttachStuck: "the volume is attached but no device came, so it is given back and attached under another name",
	ReasonEpoch:       "the device is there and the epoch block is taken",

	ReasonAskingRelease: "the peer is asked to hand over",
	ReasonPeerPrimary:   "the peer is primary",
	ReasonPeerDemoting:  "the peer is handing over",
	ReasonPeerLeads:     "neither is primary and VRRP prefers the peer",
	ReasonMaintenance:   "this node is in maintenance and does not take over by itself",
	ReasonConfirming:    "the peer's agent does not answer; whether it is gone is being confirmed",
	ReasonVRRPHears:     "the peer's agent does not answer but its keepalived does",
	ReasonVRRPUnknown:   "the peer's agent does not answer and keepalived here cannot say whether the peer is alive",

	ReasonAttaching:        "EC2 is asked to attach the volume here",
	ReasonAttachFails:      "EC2 does not answer or does not allow AttachVolume; the peer may take the volume",
	ReasonWhoHasIt:         "the volume is attached somewhere and EC2 is asked where",
	ReasonStranger:         "the volume is attached to an instance that is neither backend: detach it there",
	ReasonPeerSettles:      "the volume is attached to the peer, which answers and is settling what to do with it",
	ReasonYieldedDetaching: "the peer does not want the volume but could not give it back: detaching it",
	ReasonYieldedForcing:   "the peer does not want the volume and a detach did not end: forcing it",
	ReasonAskingFrontends:  "the peer is silent and the frontends are asked whether they see it",
	ReasonVouched:          "the peer is silent to us but a frontend vouches for it",
	ReasonYoung:            "the peer is silent but has only just got the volume",
	ReasonStale:            "the peer is gone and EC2 is asked again whether it still has the volume",
	ReasonHoldDown:         "the peer is silent but took the volume back after our last force: no duel",
	ReasonNewHold:          "the peer is silent and may have taken the volume back after our last force: EC2 is watched until that is certain",
	ReasonPeerDown:         "the peer's instance is stopped or terminated: detaching its volume",
	ReasonDetaching:        "the peer is gone: detaching its volume",
	ReasonForcing:          "the peer is gone and a detach did not end: forcing it",
	ReasonForced:           "the volume was forced off the peer and is awaited",
}

// String is a sentence for people.
func (r Reason) String() string {
	if r >= reasons {
		return "unknown reason"
	}
	return reasonTexts[r]
}

// serving says whether a node that decides so is primary.
func (r Reason) serving() bool { return r >= ReasonLapsed && r <= ReasonServing }

// yields says whether a node that decides so leaves the volume to its peer.
func (r Reason) yields() bool {
	switch r {
	case ReasonLostIO, ReasonLostEpoch, ReasonDeadman, ReasonUnfit, ReasonStopped, ReasonHeld, ReasonHandOver, ReasonTaken,
		ReasonPostgresFails, ReasonRootFull, ReasonLinkDown, ReasonAvoiding, ReasonMaintenance, ReasonAttachFails:
		return true
	}
	return false
}

// Reasons are all reasons that Decide gives.
func Reasons() []Reason {
	out := make([]Reason, 0, reasons-1)
	for r := ReasonLooking; r < reasons; r++ {
		out = append(out, r)
	}
	return out
}
