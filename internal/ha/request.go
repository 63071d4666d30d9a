package ha

import (
	"errors"
	"time"
)

// Why a Request is refused.
var (
	ErrPeerNotReady  = errors.New("the peer does not answer or is not ready to take over; `chef-server-ctl ha-status` there says why")
	ErrPeerPrimary   = errors.New("the peer is primary: use `ha-failover`, or `backup-recover` there first")
	ErrPrimary       = errors.New("this node is primary already")
	ErrNotPrimary    = errors.New("this node is not primary")
	ErrStopped       = errors.New("keepalived is stopped here: `chef-server-ctl start keepalived` first")
	ErrVouched       = errors.New("a frontend still reaches the peer as primary: run `backup-recover` there first")
	ErrNobodyToServe = errors.New("neither node is primary, so there is nothing to hand over")
)

// overruleFor is how long an operator's wish to see this node primary holds.
const overruleFor = time.Minute

// Refuse tells why a request would be refused now, nil if it would not. Posting
// one that would be is harmless.
func (m *Machine) Refuse(r Request) error {
	s := &m.s
	owner := s.Own.Epoch.Number != 0
	switch r {
	case RequestRelease:
		if !owner {
			return ErrNotPrimary
		}
	case RequestFailover:
		switch {
		case owner && !s.peerReady():
			return ErrPeerNotReady
		case owner:
		case s.VRRP == VRRPStop:
			return ErrStopped
		case !s.peerUses():
			return ErrNobodyToServe
		}
	case RequestMasterRecover:
		switch {
		case owner:
			return ErrPrimary
		case s.peerUses():
			return ErrPeerPrimary
		case s.vouched():
			return ErrVouched
		}
	}
	return nil
}

func (m *Machine) request(r Request) {
	if m.Refuse(r) != nil {
		return
	}
	s := &m.s
	switch r {
	case RequestStopKeepalived:
		s.VRRP = VRRPStop
		m.unit = StopKeepalived
	case RequestStartKeepalived:
		if s.VRRP == VRRPStop {
			s.VRRP = VRRPUnknown
		}
		m.remember(func(k *Record) { k.Held = false })
		m.unit = StartKeepalived
	case RequestMaintenanceOn, RequestMaintenanceOff:
		m.remember(func(k *Record) { k.Maintenance = r == RequestMaintenanceOn })
	case RequestBackupRecover:
		s.Orders.TakeOver = 0
		m.remember(func(k *Record) { k.Held = true })
	case RequestMasterRecover:
		s.Orders.TakeOver, s.Orders.Overrule = s.Now.Add(overruleFor), true
		s.Orders.HandOver, s.Orders.Since = 0, 0
		m.remember(func(k *Record) { k.Held = false })
	case RequestFailover, RequestRelease:
		m.failover()
	}
	m.hurry()
}

// failover starts a hand-over, in whichever direction there is one.
func (m *Machine) failover() {
	s, o := &m.s, &m.s.Orders
	if s.Own.Epoch.Number == 0 {
		o.TakeOver, o.Overrule = s.Now.Add(m.cfg.ReleaseWait), false
		return
	}
	if o.Since == 0 {
		o.Since, o.Why, o.HandOver = s.Now, ReasonHandOver, s.Now.Add(m.cfg.ReleaseWait)
		s.Own.Checkpoint, s.Own.KillTried = false, false
	}
}

func (m *Machine) remember(change func(*Record)) {
	before := m.s.Record
	change(&m.s.Record)
	m.unsaved = m.unsaved || m.s.Record != before
}
