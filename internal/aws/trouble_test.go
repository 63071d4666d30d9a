package aws_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"tournant/internal/aws"
)

// TestTrouble is everything between a good answer and one of EC2's refusals.
func TestTrouble(t *testing.T) {
	good := documented(t, "AttachVolume")
	page := "<html><body><h1>503 Service Unavailable</h1><hr><br></body></html>"
	write := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	for name, tt := range map[string]struct {
		handle    http.HandlerFunc
		want      aws.Code
		uncertain bool
	}{
		"a page with 503":          {write(503, page), aws.ServerTrouble, true},
		"a page with 502":          {write(502, page), aws.ServerTrouble, true},
		"nothing with 504":         {write(504, ""), aws.ServerTrouble, true},
		"a page with 429":          {write(429, page), aws.Throttled, false},
		"a page with 403":          {write(403, page), aws.Other, false},
		"a page with 200":          {write(200, page), aws.BadAnswer, true},
		"nothing with 200":         {write(200, ""), aws.BadAnswer, true},
		"half the XML":             {write(200, string(good[:len(good)/2])), aws.BadAnswer, true},
		"half the refusal":         {write(500, string(documented(t, "error")[:80])), aws.ServerTrouble, true},
		"another action's answer":  {write(200, string(documented(t, "DetachVolume"))), aws.BadAnswer, true},
		"a time that is none":      {write(200, strings.Replace(string(good), "2026-11-26T", "yesterday", 1)), aws.BadAnswer, true},
		"XML without end":          {write(200, "<AttachVolumeResponse>"+strings.Repeat("<a>", 20000)), aws.BadAnswer, true},
		"an entity":                {write(200, `<!DOCTYPE x [<!ENTITY a "aaaa">]><AttachVolumeResponse>&a;</AttachVolumeResponse>`), aws.BadAnswer, true},
		"too much":                 {write(200, "<AttachVolumeResponse>"+strings.Repeat(" ", 2<<20)), aws.BadAnswer, true},
		"too much with 500":        {write(500, strings.Repeat(" ", 2<<20)), aws.BadAnswer, true},
		"a redirect":               {redirect, aws.Other, false},
		"a body shorter than said": {short, aws.BadAnswer, true},
		"a connection that ends":   {hangUp, aws.Unreachable, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tt.handle)
			_, _, err := s.client(t).AttachVolume(t.Context(), attach)
			if got := aws.CodeOf(err); got != tt.want || uncertain(err) != tt.uncertain {
				t.Errorf("got %v, uncertain %t, want %q, %t", err, uncertain(err), tt.want, tt.uncertain)
			}
			if n := len(s.received()); n != 1 {
				t.Errorf("sent %d times, want once", n)
			}
		})
	}
}

// redirect would have the signature follow to another host.
func redirect(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
}

func short(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Length", strconv.Itoa(1000))
	_, _ = w.Write([]byte("<AttachVolumeResponse>"))
}

// hangUp does the deed, so to speak, and loses the answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

// TestLostAnswer asks again after an answer was lost, and finds the deed done.
func TestLostAnswer(t *testing.T) {
	attached := false
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch action := r.PostForm.Get("Action"); {
		case action == "DescribeVolumes":
			_, _ = w.Write(documented(t, action))
		case attached:
			fail(400, "VolumeInUse", volume+" is already attached to an instance")(w, r)
		default:
			attached = true
			hangUp(w, r)
		}
	})
	c := s.client(t)
	_, _, err := c.AttachVolume(t.Context(), attach)
	if !uncertain(err) {
		t.Errorf("got %v, which is not uncertain", err)
	}
	if _, _, err = c.AttachVolume(t.Context(), attach); aws.CodeOf(err) != aws.InUse {
		t.Errorf("asked again, got %v, want %q", err, aws.InUse)
	}
	v, _, err := c.DescribeVolume(t.Context(), volume)
	if err != nil {
		t.Fatal(err)
	}
	if a, ok := v.Holder(); !ok || a.InstanceID != instance {
		t.Errorf("got the holder %+v, %t, want %s", a, ok, instance)
	}
}

// TestNobodyThere knows that what was never sent was never done.
func TestNobodyThere(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	c := open(t, aws.Config{Region: region, Endpoint: "http://" + address, Keys: keys})
	_, _, err = c.AttachVolume(t.Context(), attach)
	if aws.CodeOf(err) != aws.Unreachable || uncertain(err) {
		t.Errorf("got %v, uncertain %t, want %q, certain", err, uncertain(err), aws.Unreachable)
	}
}

// TestSilentServer ends a request that gets no answer, by the client's
// timeout and by the caller's.
func TestSilentServer(t *testing.T) {
	release := make(chan struct{})
	var began []byte
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(began) > 0 {
			_, _ = w.Write(began)
			_ = http.NewResponseController(w).Flush()
		}
		<-release
	})
	for name, first := range map[string][]byte{"no answer": nil, "an answer without end": []byte("<AttachVolumeResponse>")} {
		t.Run(name, func(t *testing.T) {
			began = first
			s := httptest.NewServer(handler)
			defer s.Close()
			defer func() { release <- struct{}{}; release <- struct{}{} }()
			c := open(t, aws.Config{Region: region, Endpoint: s.URL, Keys: keys, Timeout: 50 * time.Millisecond})
			_, _, err := c.AttachVolume(t.Context(), attach)
			if !errors.Is(err, context.DeadlineExceeded) || !uncertain(err) {
				t.Errorf("after the client's timeout: got %v", err)
			}
			c = open(t, aws.Config{Region: region, Endpoint: s.URL, Keys: keys})
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			_, _, err = c.AttachVolume(ctx, attach)
			if !errors.Is(err, context.DeadlineExceeded) || !uncertain(err) {
				t.Errorf("after the caller's: got %v", err)
			}
		})
	}
}

// TestNoDate has no age to tell without AWS's clock.
func TestNoDate(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Date"] = nil
		_, _ = w.Write(documented(t, "DescribeVolumes"))
	})
	v, answer, err := s.client(t).DescribeVolume(t.Context(), volume)
	if err != nil {
		t.Fatal(err)
	}
	if age, ok := answer.Age(v.Attachments[0].AttachTime); ok {
		t.Errorf("got an age of %s", age)
	}
}

// FuzzDecode reads anything as an answer: it is read whole, or is an Error.
func FuzzDecode(f *testing.F) {
	for i, action := range aws.Actions() {
		f.Add(uint8(i), 200, documented(f, string(action)))
	}
	f.Add(uint8(0), 400, documented(f, "error"))
	f.Add(uint8(1), 503, []byte("<html>"))
	f.Fuzz(func(t *testing.T, n uint8, status int, body []byte) {
		action := aws.Actions()[int(n)%len(aws.Actions())]
		err := aws.Decode(action, status, body)
		var e *aws.Error
		switch {
		case err == nil && status != http.StatusOK:
			t.Errorf("status %d is no error", status)
		case err == nil && !bytes.Contains(body, []byte(string(action)+"Response")):
			t.Errorf("this is taken for the answer to %s: %q", action, body)
		case err != nil && !errors.As(err, &e):
			t.Errorf("got %v, not an Error", err)
		case err != nil && strings.ContainsAny(e.Message+e.AWSCode+e.RequestID, "\n\x00"):
			t.Errorf("more than a line: %q", e.Message)
		}
	})
}
