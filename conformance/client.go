package conformance

import (
	"bytes"
	"crypto/rsa"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"tournant/internal/signing"
)

// actor sends requests in somebody's name. Its options return a changed copy.
//
// Paths starting with / are under the actor's organization, others are whole
// URLs ("$root/users"). Variables are replaced in paths, bodies and
// expectations alike.
type actor struct {
	http    *http.Client
	base    string
	vars    *vars
	signer  *signing.Signer // nil leaves requests unsigned
	version string          // X-Ops-Server-API-Version, absent when empty
	header  [][2]string     // set before signing
	edits   []func(*http.Request)
	bare    bool // the answer need not carry what every answer of the API does
}

func newHTTPClient(given *http.Client) *http.Client {
	c := http.Client{Timeout: 2 * time.Minute}
	if given != nil {
		c = *given
	}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &c
}

func (a actor) name() string { return a.signer.Name }

// v sends another API version than the default (no header, which means 0).
func (a actor) v(n int) actor {
	a.version = strconv.Itoa(n)
	return a
}

// resigned changes the signer of a copy.
func (a actor) resigned(change func(*signing.Signer)) actor {
	s := *a.signer
	change(&s)
	a.signer = &s
	return a
}

func (a actor) as(name string) actor {
	return a.resigned(func(s *signing.Signer) { s.Name = name })
}

func (a actor) withKey(key *rsa.PrivateKey) actor {
	return a.resigned(func(s *signing.Signer) { s.Key = key })
}

func (a actor) signs(version string) actor {
	return a.resigned(func(s *signing.Signer) { s.Version = version })
}

// at signs with a clock that is off by d.
func (a actor) at(d time.Duration) actor {
	return a.resigned(func(s *signing.Signer) {
		now := s.Now
		s.Now = func() time.Time { return now().Add(d) }
	})
}

func (a actor) unsigned() actor {
	a.signer = nil
	return a
}

// with sets a header before the request is signed.
func (a actor) with(key, value string) actor {
	a.header = append(a.header[:len(a.header):len(a.header)], [2]string{key, value})
	return a
}

// edited changes requests after they are signed.
func (a actor) edited(edit func(*http.Request)) actor {
	a.edits = append(a.edits[:len(a.edits):len(a.edits)], edit)
	return a
}

// outside marks requests that something in front of the API answers.
func (a actor) outside() actor {
	a.bare = true
	return a
}

func (a actor) Get(path string) *response        { return a.Do(http.MethodGet, path, "") }
func (a actor) Delete(path string) *response     { return a.Do(http.MethodDelete, path, "") }
func (a actor) Post(path, body string) *response { return a.Do(http.MethodPost, path, body) }
func (a actor) Put(path, body string) *response  { return a.Do(http.MethodPut, path, body) }

// Do sends one request. A transport error shows when the answer is judged.
func (a actor) Do(method, path, body string) *response {
	url := a.vars.expand(path)
	if strings.HasPrefix(url, "/") {
		url = a.base + url
	}
	res := &response{actor: a, method: method, url: url, sent: a.vars.expand(body)}
	req, err := a.request(method, url, res.sent)
	if err != nil {
		res.err = err
		return res
	}
	answer, err := a.http.Do(req)
	if err != nil {
		res.err = err
		return res
	}
	defer answer.Body.Close()
	res.status, res.header = answer.StatusCode, answer.Header
	res.body, res.err = io.ReadAll(answer.Body)
	return res
}

func (a actor) request(method, url, body string) (*http.Request, error) {
	req, err := http.NewRequest(method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("X-Chef-Version", "18.10.17")
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if a.version != "" {
		req.Header.Set("X-Ops-Server-API-Version", a.version)
	}
	for _, h := range a.header {
		req.Header.Set(h[0], h[1])
	}
	if a.signer != nil {
		if err := a.signer.Sign(req, []byte(body)); err != nil {
			return nil, err
		}
	}
	for _, edit := range a.edits {
		edit(req)
	}
	return req, nil
}
