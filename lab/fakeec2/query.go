package fakeec2

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	apiVersion = "2016-11-15"
	// maxBody is far beyond what any of the five actions needs.
	maxBody = 64 << 10
)

// A call is one authenticated request.
type call struct {
	action string
	host   string
	form   url.Values
	used   map[string]bool
}

// take is a parameter's value, or empty.
func (c *call) take(name string) string {
	c.used[name] = true
	return c.form.Get(name)
}

// list is the values of name.1, name.2 and so on.
func (c *call) list(name string) []string {
	var values []string
	for i := 1; c.form.Has(name + "." + strconv.Itoa(i)); i++ {
		values = append(values, c.take(name+"."+strconv.Itoa(i)))
	}
	return values
}

// boolean reads true and false.
func (c *call) boolean(name string) (bool, *Error) {
	switch v := c.take(name); v {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, refuse("InvalidParameterValue", "Value (%s) for parameter %s is invalid. Expected a boolean", v, name)
	}
}

// finish refuses what nobody took.
func (c *call) finish() *Error {
	for name := range c.form {
		if !c.used[name] {
			return refuse("UnknownParameter", "The parameter %s is not recognized", name)
		}
	}
	return nil
}

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

func readCall(r *http.Request, body []byte, host string) (*call, *Error) {
	encoded := string(body)
	switch r.Method {
	case http.MethodGet:
		encoded = r.URL.RawQuery
	case http.MethodPost:
		if t := r.Header.Get("Content-Type"); !strings.HasPrefix(t, "application/x-www-form-urlencoded") {
			return nil, refuse("InvalidQueryParameter", "The content type %q is not that of a form", t)
		}
	default:
		return nil, refuse("UnsupportedProtocol", "The method %s is not supported", r.Method)
	}
	form, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, refuse("MalformedQueryString", "The query string contains a syntax error: %s", err)
	}
	c := &call{host: host, form: form, used: map[string]bool{}}
	c.action = c.take("Action")
	if c.action == "" {
		return nil, refuse("MissingAction", "The request is missing an action")
	}
	if v := c.take("Version"); v != apiVersion {
		return nil, refuse("InvalidAction", "The action %s is not valid for version %q of this web service", c.action, v)
	}
	return c, nil
}

// reachable is false when a fault has kept the request from being answered.
func (s *Server) reachable(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	var f *Fault
	if f = s.fault(FaultDown, s.hostAt(r.RemoteAddr), ""); f == nil {
		s.mu.Unlock()
		return true
	}
	mode := f.Mode
	s.mu.Unlock()
	switch mode {
	case "error":
		s.answerError(w, errInjected("Unavailable"))
	case "timeout":
		s.hang(r)
		reset(w)
	default:
		reset(w)
	}
	return false
}

// hang returns when the caller has gone or the endpoint is no longer down.
func (s *Server) hang(r *http.Request) {
	// The server notices that a caller has gone only once the body is read.
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxBody))
	for {
		s.mu.Lock()
		change := s.faultChange
		down := slices.ContainsFunc(s.faults, func(f *Fault) bool { return f.Name == FaultDown })
		s.mu.Unlock()
		if !down {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case <-change:
		}
	}
}

// wait lets an answer come late, on the fake's clock.
func (s *Server) wait(r *http.Request, d time.Duration) {
	due := make(chan struct{})
	s.clock.AfterFunc(d, func() { close(due) })
	select {
	case <-due:
	case <-r.Context().Done():
	}
}

// reset ends a connection without an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		// HTTP/2 has nothing to hijack; aborting the handler resets the stream.
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
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
