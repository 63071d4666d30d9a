package main

import (
	"bytes"
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tournant/internal/signing"
)

// load is clients that play scripts on some servers and require the answers
// that the same scripts got before there was any load.
type load struct {
	*testing.T
	urls      []string
	superuser *signing.Signer
	client    *http.Client
	keys      [2]*rsa.PrivateKey
	public    [2]string
	want      map[string][]string    // the answers by script
	changes   map[string]changeCount // that a script makes
	before    changeCount            // all load

	mu     sync.Mutex
	random *mathrand.Rand
	made   int
	ready  []*session // whose next request may be made, the longest waiting first
	played map[string]int
	calls  []*call // of the last offer
}

// call is when a request was made and answered.
type call struct{ began, ended time.Time }

func newLoad(t *testing.T, superuser *signing.Signer, urls ...string) *load {
	t.Helper()
	seed := mathrand.Uint64()
	t.Logf("seed %d of the load", seed)
	l := &load{
		T: t, urls: urls, superuser: superuser, random: mathrand.New(mathrand.NewPCG(seed, 0)),
		want: map[string][]string{}, changes: map[string]changeCount{}, played: map[string]int{},
		client: &http.Client{Timeout: 5 * time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 100}},
	}
	t.Cleanup(l.client.CloseIdleConnections)
	for i := range l.keys {
		var err error
		if l.keys[i], err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(&l.keys[i].PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		l.public[i] = string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	}
	l.once(&script{"reader", 0, []line{{"", "POST", "/clients", `{"name":"reader","public_key":"$key1"}`, 201}}}, "reader")
	return l
}

// rehearse plays a script without load, and keeps the answers.
func (l *load) rehearse(s *script) { l.want[s.name] = l.once(s, "rehearsal") }

// once plays a script from start to end.
func (l *load) once(s *script, name string) (answers []string) {
	l.Helper()
	for played := newSession(s, name, l.public[0], l.public[1]); played.at < len(s.lines); played.at++ {
		answers = append(answers, l.say(played, l.urls[played.at%len(l.urls)]))
	}
	if l.Failed() {
		l.FailNow()
	}
	return answers
}

// offer makes so many requests a second, whatever becomes of those before, until
// stop, and waits for their answers. It returns by how much it was late at most.
func (l *load) offer(rate int, stop func() bool) (late time.Duration) {
	var wg sync.WaitGroup
	defer wg.Wait()
	l.calls = nil
	began, interval := time.Now(), time.Second/time.Duration(rate)
	for n := 0; !stop() && !l.Failed(); n++ {
		due := began.Add(time.Duration(n) * interval)
		time.Sleep(time.Until(due))
		late = max(late, time.Since(due))
		s, base := l.next(true)
		wg.Go(func() { l.record(func() { l.play(s, base) }) })
	}
	return late
}

// record notes how long a request took.
func (l *load) record(request func()) {
	asked := &call{began: time.Now()}
	l.mu.Lock()
	l.calls = append(l.calls, asked)
	l.mu.Unlock()
	request()
	l.mu.Lock()
	defer l.mu.Unlock()
	asked.ended = time.Now()
}

// settled returns when all that was asked before now has been answered.
func (l *load) settled() {
	l.mu.Lock()
	asked := slices.Clone(l.calls)
	l.mu.Unlock()
	unanswered := func(c *call) bool { return c.ended.IsZero() }
	for {
		l.mu.Lock()
		left := slices.ContainsFunc(asked, unanswered)
		l.mu.Unlock()
		if !left {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// finish plays what has begun to its end.
func (l *load) finish() {
	var wg sync.WaitGroup
	defer wg.Wait()
	for range 8 {
		wg.Go(func() {
			for s, base := l.next(false); s != nil && !l.Failed(); s, base = l.next(false) {
				l.play(s, base)
			}
		})
	}
}

// next returns a session whose turn it is, or a new one, and on which server.
func (l *load) next(fresh bool) (*session, string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	base := l.urls[l.random.IntN(len(l.urls))]
	if len(l.ready) > 0 {
		s := l.ready[0]
		l.ready = l.ready[1:]
		return s, base
	}
	if !fresh {
		return nil, ""
	}
	l.made++
	return newSession(l.draw(), fmt.Sprintf("s%d-x", l.made), l.public[0], l.public[1]), base
}

func (l *load) draw() *script {
	n := 0
	for _, s := range scripts {
		n += s.share
	}
	n = l.random.IntN(n)
	for i := range scripts {
		if n -= scripts[i].share; n < 0 {
			return &scripts[i]
		}
	}
	panic("unreachable: the shares were counted")
}

// play makes the next request of a session.
func (l *load) play(s *session, base string) {
	got, want := l.say(s, base), l.want[s.name][s.at]
	if got != want {
		l.Errorf("%s, line %d: the answer is\n%s\nand was without load\n%s", s.name, s.at, got, want)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s.at++; s.at < len(s.lines) {
		l.ready = append(l.ready, s)
	} else {
		l.played[s.name]++
	}
}

// say makes the request of a line and returns the answer as session.learn does.
func (l *load) say(s *session, base string) string {
	now := s.lines[s.at]
	at := s.expand(now.path)
	if strings.HasPrefix(at, "/") {
		at = base + "/organizations/acme" + at
	}
	status, answer, err := l.do(l.signer(s, now.as), now.method, at, []byte(s.expand(now.body)))
	if err != nil || status != now.status {
		l.Errorf("%s, line %d, %s %s: status %d, %v, want %d: %s", s.name, s.at, now.method, at, status, err, now.status, answer)
	}
	return s.learn(string(answer), base)
}

func (l *load) signer(s *session, as string) *signing.Signer {
	switch as {
	case "nobody":
		return nil
	case "reader":
		return &signing.Signer{Name: "reader", Key: l.keys[0]}
	case "self":
		return &signing.Signer{Name: s.words["$name"], Key: l.keys[0]}
	case "self 2":
		return &signing.Signer{Name: s.words["$name"], Key: l.keys[1]}
	}
	return l.superuser
}

func (l *load) do(who *signing.Signer, method, at string, body []byte) (status int, answer []byte, err error) {
	rq, err := http.NewRequestWithContext(context.WithoutCancel(l.Context()), method, at, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	rq.GetBody = nil                 // nothing is sent twice
	if who == nil && len(body) > 0 { // a file, whose URL is for these headers
		sum := md5.Sum(body)
		rq.Header.Set("Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
		rq.Header.Set("Content-Type", "application/x-binary")
	}
	if who != nil {
		rq.Header.Set("Accept", "application/json")
		rq.Header.Set("Content-Type", "application/json")
		rq.Header.Set("X-Ops-Server-API-Version", "1")
		if err := who.Sign(rq, body); err != nil {
			return 0, nil, err
		}
	}
	res, err := l.client.Do(rq)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}
