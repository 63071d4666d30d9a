package control

import "time"

// Status is the document of `chef-server-ctl ha-status --json`. Its names are a
// contract.
type Status struct {
	Host       string            `json:"host"`
	Role       string            `json:"role"`  // backend
	State      string            `json:"state"` // standby, promoting, primary, demoting, fenced
	Reason     string            `json:"reason"`
	Epoch      uint64            `json:"epoch"` // of this host's taking; 0 without one
	Since      time.Time         `json:"since"` // of the state, by the wall clock
	Volume     Volume            `json:"volume"`
	VIP        VIP               `json:"vip"`
	Keepalived Keepalived        `json:"keepalived"`
	Peer       Peer              `json:"peer"`
	Lease      Lease             `json:"lease"`
	Services   map[string]string `json:"services"` // running, stopped, unclear

	Maintenance bool `json:"maintenance"`
	Held        bool `json:"held"` // by backup-recover

	Backends []Backend `json:"backends,omitempty"` // as a frontend sees them

	Checks   []Check   `json:"checks"`
	Troubles []Trouble `json:"troubles,omitempty"`
	OK       bool      `json:"ok"` // every check is
}

// Volume is the EBS volume. AttachedTo is what is known here: the host's name,
// or "" where it is not.
type Volume struct {
	ID         string `json:"id"`
	AttachedTo string `json:"attached_to"`
	Device     string `json:"device"` // "" where there is none
	Mounted    bool   `json:"mounted"`
	Suspect    bool   `json:"suspect,omitempty"` // ext4 noted errors in it before it was mounted
}

// VIP is the address that moves.
type VIP struct {
	Address     string `json:"address"`
	OnInterface bool   `json:"on_interface"`
	AssignedTo  string `json:"assigned_to"` // by EC2, as far as this host knows
}

// Keepalived is what VRRP says, in lower case: master, backup, fault, stopped,
// crashed, unknown.
type Keepalived struct {
	State string `json:"state"`
}

// Peer is the other backend. State is "" unless it is reachable.
type Peer struct {
	Name      string `json:"name"`
	Address   string `json:"address"`
	Reachable bool   `json:"reachable"`
	State     string `json:"state"`
}

// Backend is one of the two, as a frontend sees it. State is "" unless it is
// reachable.
type Backend struct {
	Name      string `json:"name"`
	Address   string `json:"address"`
	Reachable bool   `json:"reachable"`
	State     string `json:"state"`
	Epoch     uint64 `json:"epoch"`
	Lease     bool   `json:"lease"` // it may answer from the VIP
}

// Lease is the kernel's: whether packets may leave from the VIP.
type Lease struct {
	Valid       bool  `json:"valid"`
	RemainingMS int64 `json:"remaining_ms"`
}

// Check is one line of ha-status. Code is the exit code of the original for it.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Code   int    `json:"code"`   // 0 if it is OK
	Text   string `json:"text"`   // the original's words
	Reason string `json:"reason"` // what is behind it, and what to do; "" if it is OK
}

// Trouble is something that the agent tried and that failed last.
type Trouble struct {
	Action string `json:"action"`
	Text   string `json:"text"`
}

// ExitCode is that of ha-status: the last failing check's.
func (s *Status) ExitCode() int {
	code := 0
	for _, c := range s.Checks {
		if !c.OK {
			code = c.Code
		}
	}
	return code
}
