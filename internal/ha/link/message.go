package link

import (
	"fmt"
	"net/url"
	"slices"

	"tournant/internal/ha"
)

// Port is where agents answer each other and the frontends.
const Port = 4020

// What agents answer on Port.
const (
	PathReport  = "/v1/report"    // GET: a Report; POST by the peer: its own
	PathRelease = "/v1/release"   // POST by the peer: hand the volume over
	PathProof   = "/v1/proof"     // GET ?nonce=: a Proof; 204 without a lease
	PathStatus  = "/v1/ha-status" // GET: the document of ha-status
)

// PathVouch is what frontends answer on the port of their API: GET ?node=&nonce=
// is the Proof that the backend gave them there and then; 204 if it gave none.
const PathVouch = "/_tournant/vouch"

// Report is ha.Report as it is sent. Fields that a later release adds are no
// error.
type Report struct {
	State  string `json:"state"`
	Epoch  uint64 `json:"epoch"`
	Holds  bool   `json:"holds"`
	Lease  bool   `json:"lease"`
	Yields bool   `json:"yields"`
	Ready  bool   `json:"ready"`
}

// Sent is a report on its way.
func Sent(r ha.Report) Report {
	return Report{State: r.State.String(), Epoch: r.Epoch, Holds: r.Holds, Lease: r.Lease, Yields: r.Yields, Ready: r.Ready}
}

var states = []ha.State{ha.StateStandby, ha.StatePromoting, ha.StatePrimary, ha.StateDemoting, ha.StateFenced}

// Received is what the peer sent. What cannot be understood is no report.
func (r Report) Received() (ha.Report, error) {
	i := slices.IndexFunc(states, func(s ha.State) bool { return s.String() == r.State })
	if i < 0 {
		return ha.Report{}, fmt.Errorf("the peer is in a state %q that this release does not know", r.State)
	}
	return ha.Report{State: states[i], Epoch: r.Epoch, Holds: r.Holds, Lease: r.Lease, Yields: r.Yields, Ready: r.Ready}, nil
}

// VouchFor is the question to a frontend for a backend's proof.
func VouchFor(backend string, n Nonce) string {
	text, _ := n.MarshalText() // never fails
	return PathVouch + "?" + url.Values{"node": {backend}, "nonce": {string(text)}}.Encode()
}

// ProofFor is the question to a backend for its proof.
func ProofFor(n Nonce) string {
	text, _ := n.MarshalText() // never fails
	return PathProof + "?nonce=" + string(text)
}
