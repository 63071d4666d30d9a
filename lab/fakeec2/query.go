package fakeec2

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

const (
	apiVersion = "2016-11-15"
	// maxBody is far beyond what any of the five actions needs.
	maxBody = 64 << 10
)

// A plan is an action whose parameters are all right; act does it under the
// lock.
type plan struct {
	dryRun bool
	act    func() (answer, *Error)
}

// planners read the parameters of the five actions.
func (s *Server) planner(action string) func(*call) (plan, *Error) {
	switch action {
	case "DescribeInstances":
		return s.describeInstances
	case "DescribeVolumes":
		return s.describeVolumes
	case "AttachVolume":
		return s.attachVolume
	case "DetachVolume":
		return s.detachVolume
	case "AssignPrivateIpAddresses":
		return s.assignPrivateIPAddresses
	}
	return nil
}

// ServeHTTP answers EC2's Query API.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.reachable(w, r) {
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		s.answerError(w, refuse("MalformedQueryString", "The body cannot be read, or is longer than %d bytes", maxBody))
		return
	}
	a, lost, delay, refused := s.serve(r, body)
	if delay > 0 {
		s.wait(r, delay)
	}
	switch {
	case lost:
		s.log.Info("answer lost", "remote", r.RemoteAddr)
		reset(w)
	case refused != nil:
		s.log.Info("refused", "remote", r.RemoteAddr, "code", refused.Code, "message", refused.Message)
		s.answerError(w, refused)
	default:
		s.answer(w, http.StatusOK, a)
	}
}

// serve does one request under the lock.
func (s *Server) serve(r *http.Request, body []byte) (a answer, lost bool, delay time.Duration, _ *Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	host := s.hostAt(r.RemoteAddr)
	a, c, refused := s.act(r, body, host)
	if c != nil {
		if f := s.fault(FaultDelay, host, c.action); f != nil {
			delay = time.Duration(f.Delay)
		}
		lost = refused == nil && s.fault(FaultLost, host, c.action) != nil
		s.log.Info("call", "action", c.action, "host", host, "ok", refused == nil)
	}
	return a, lost, delay, refused
}

// act is the order in which EC2 looks at a request: who, may he, too often,
// which parameters, only a trial, the deed.
func (s *Server) act(r *http.Request, body []byte, host string) (answer, *call, *Error) {
	key, refused := verifySignature(r, r.RequestURI, body, s.config.Region, "ec2", s.clock.Now(), s.lookup)
	if refused != nil {
		return nil, nil, refused
	}
	c, refused := readCall(r, body, host)
	if refused != nil {
		return nil, nil, refused
	}
	planner := s.planner(c.action)
	if planner == nil || !s.credentials[key].allows(c.action) || s.fault(FaultDenied, host, c.action) != nil {
		return nil, c, errUnauthorized()
	}
	if s.fault(FaultThrottle, host, c.action) != nil || !s.buckets[c.action].take(s.clock.Now()) {
		return nil, c, errInjected("RequestLimitExceeded")
	}
	if f := s.fault(FaultError, host, c.action); f != nil {
		return nil, c, errInjected(f.Code)
	}
	p, refused := planner(c)
	if refused == nil {
		refused = c.finish()
	}
	if refused == nil && p.dryRun {
		refused = errDryRun()
	}
	if refused != nil {
		return nil, c, refused
	}
	a, refused := p.act()
	return a, c, refused
}

// requestID is a version 4 UUID, as EC2's are.
func (s *Server) requestID() string {
	s.mu.Lock()
	hi, lo := s.random.Uint64(), s.random.Uint64()
	s.mu.Unlock()
	hi = hi&^0xf000 | 0x4000
	lo = lo&^(3<<62) | 1<<63
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)
}
