package fakeec2

import (
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"slices"
	"time"
)

// actions are the five that the page's policy allows.
var actions = []string{"DescribeInstances", "DescribeVolumes", "AttachVolume", "DetachVolume", "AssignPrivateIpAddresses"}

// A credential is what a signature can be made with. Those of a role have a
// token and an end.
type credential struct {
	id, secret, token string
	issued, expires   time.Time
	actions           []string
}

func (c *credential) allows(action string) bool { return slices.Contains(c.actions, action) }

func newCredential(k Key) *credential {
	c := &credential{id: k.ID, secret: k.Secret, actions: k.Actions}
	if c.actions == nil {
		c.actions = actions
	}
	return c
}

// lookup finds a key's secret, for a caller that holds the lock.
func (s *Server) lookup(id, token string) (string, *Error) {
	c, ok := s.credentials[id]
	if !ok || s.fault(FaultRevoked, "", id) != nil {
		return "", errAuth()
	}
	if subtle.ConstantTimeCompare([]byte(c.token), []byte(token)) == 0 {
		return "", errAuth()
	}
	if !c.expires.IsZero() && s.clock.Now().After(c.expires) {
		return "", refuse("RequestExpired", "Request has expired.")
	}
	return c.secret, nil
}

// roleCredential is what the metadata of an instance gives out: the same until
// less than a twelfth of its life is left, as EC2 does with 30 minutes of 6 hours.
func (s *Server) roleCredential(in *Instance) *credential {
	now := s.clock.Now()
	life := time.Duration(s.config.Times.Credentials)
	if c := s.roles[in.ID]; c != nil && now.Before(c.expires.Add(-life/12)) {
		return c
	}
	c := &credential{
		id:      fmt.Sprintf("ASIA%012X", s.random.Uint64()>>16),
		secret:  s.randomText(30),
		token:   s.randomText(96),
		issued:  now,
		expires: now.Add(life),
		actions: actions,
	}
	for _, ic := range s.config.Instances {
		if ic.ID == in.ID && ic.RoleActions != nil {
			c.actions = ic.RoleActions
		}
	}
	s.roles[in.ID] = c
	s.credentials[c.id] = c
	return c
}

// randomText is n seeded bytes in base64: nothing here guards a secret that is
// worth one.
func (s *Server) randomText(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.random.Uint32())
	}
	return base64.StdEncoding.EncodeToString(b)
}
