package aws

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	apiVersion  = "2016-11-15"
	serviceName = "ec2"
	maxAnswer   = 1 << 20 // bytes: an instance takes about ten thousand
)

// Answer is what every answer tells beside what was asked for.
type Answer struct {
	Date      time.Time // AWS's clock, in whole seconds; zero if it did not tell
	RequestID string
}

// Age returns how long ago t, of AWS's clock too, was when AWS answered, and
// whether that is known: without a date, or with a time that has yet to come,
// it is not, and what must be old has to be taken for new.
func (a Answer) Age(t time.Time) (time.Duration, bool) {
	if a.Date.IsZero() || t.IsZero() || t.After(a.Date) {
		return 0, false
	}
	return a.Date.Sub(t), true
}

// call sends an action and decodes the answer into out. A request that was
// refused for the time it was signed with is sent once more, signed by AWS's
// clock.
func (c *Client) call(ctx context.Context, action Action, params url.Values, out any) (Answer, error) {
	if !action.known() {
		return Answer{}, &Error{Op: string(action), Code: BadRequest, Message: "not one of the five actions"}
	}
	answer, err := c.attempt(ctx, action, params, out)
	if CodeOf(err) == SkewedClock {
		answer, err = c.attempt(ctx, action, params, out)
	}
	return answer, err
}

func (c *Client) attempt(ctx context.Context, action Action, params url.Values, out any) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	signed := c.now().Add(time.Duration(c.skew.Load()))
	req, err := c.request(ctx, action, params, signed)
	if err != nil {
		return Answer{}, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return Answer{}, unreachable(action, err)
	}
	defer resp.Body.Close()
	answer := Answer{Date: c.observe(resp.Header), RequestID: clean(resp.Header.Get("X-Amzn-RequestId"))}
	body, err := io.ReadAll(http.MaxBytesReader(nil, resp.Body, maxAnswer))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return answer, badAnswer(action, resp.StatusCode, answer, "larger than 1 MiB", nil)
	case err != nil && resp.StatusCode == http.StatusOK:
		return answer, badAnswer(action, resp.StatusCode, answer, "cut short", err)
	}
	id, err := decode(action, resp.StatusCode, body, answer, out)
	if id != "" {
		answer.RequestID = id
	}
	return answer, refusedForTime(err, answer.Date, signed)
}

// request makes and signs the request.
func (c *Client) request(ctx context.Context, action Action, params url.Values, signed time.Time) (*http.Request, error) {
	form := url.Values{"Action": {string(action)}, "Version": {apiVersion}}
	for name, values := range params {
		form[name] = values
	}
	body := form.Encode()
	creds, err := c.retrieve(ctx, action)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.endpoint.String(), strings.NewReader(body))
	if err != nil {
		return nil, &Error{Op: string(action), Code: BadRequest, Err: err}
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	req.Header.Set("User-Agent", "tournant")
	hash := sha256.Sum256([]byte(body))
	if err := c.signer.SignHTTP(ctx, creds, req, hex.EncodeToString(hash[:]), serviceName, c.region, signed); err != nil {
		return nil, &Error{Op: string(action), Code: NoCredentials, Err: err}
	}
	return req, nil
}

// The clocks of hosts may differ by this much without a request being
// refused: AWS takes five minutes.
const (
	skewIgnored = time.Minute
	skewRefused = 4 * time.Minute
)

// observe reads AWS's clock off an answer, and remembers how far ours is from
// it, to sign by from now on.
func (c *Client) observe(h http.Header) time.Time {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	skew := date.Sub(c.now())
	if skew.Abs() < skewIgnored {
		skew = 0
	}
	c.skew.Store(int64(skew))
	return date
}

// refusedForTime finds out whether a refusal was for the time the request
// was signed with: AWS gives the same codes for keys that it does not know.
func refusedForTime(err error, date, signed time.Time) error {
	var e *Error
	if !errors.As(err, &e) || date.IsZero() || e.Code != Auth && e.Code != Expired {
		return err
	}
	if date.Sub(signed).Abs() > skewRefused {
		e.Code = SkewedClock
	}
	return err
}

// unreachable is the error of a request without an answer. Only one whose
// connection was never made is certain not to have been done.
func unreachable(action Action, err error) *Error {
	var op *net.OpError
	dialed := !errors.As(err, &op) || op.Op != "dial"
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err // it repeats method and URL
	}
	return &Error{Op: string(action), Code: Unreachable, Err: err, Uncertain: dialed}
}

func badAnswer(action Action, status int, a Answer, what string, err error) *Error {
	return &Error{
		Op: string(action), Code: BadAnswer, Message: what, Err: err, Uncertain: true,
		Status: status, RequestID: a.RequestID, Date: a.Date,
	}
}
