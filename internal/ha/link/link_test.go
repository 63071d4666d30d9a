package link_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha/link"
)

const (
	secret  = config.Secret("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
	another = config.Secret("fedcba9876543210fedcba9876543210fedcba9876543210fedcba9876543210")
)

func identity(t *testing.T, name string, s config.Secret) *link.Identity {
	t.Helper()
	i, err := link.NewIdentity(name, s)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// answering starts a server of be1 that says who asked, and returns where.
func answering(t *testing.T, peer netip.Addr) netip.AddrPort {
	t.Helper()
	m := http.NewServeMux()
	m.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) { link.Answer(w, link.Asker(r.TLS)) })
	m.HandleFunc("GET /none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	m.HandleFunc("POST /refuse", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "not now", http.StatusConflict) })
	m.HandleFunc("POST /body", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		}
	})
	be1 := identity(t, "be1", secret)
	l, err := be1.Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0"), peer)
	if err != nil {
		t.Fatal(err)
	}
	s := be1.NewServer(m, slog.New(slog.DiscardHandler))
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	return netip.MustParseAddrPort(l.Addr().String())
}

func patience(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestHostsWithOneSecretKnowEachOther(t *testing.T) {
	at := answering(t, netip.Addr{})
	be2 := identity(t, "be2", secret)
	var got string
	if err := be2.NewClient("be1", at).Get(patience(t), "/who", &got); err != nil || got != "be2" {
		t.Errorf("asked by %q: %v, want be2", got, err)
	}
	c := be2.NewClient("be1", at)
	if err := c.Get(patience(t), "/none", &got); !errors.Is(err, link.ErrNone) {
		t.Errorf("none: %v", err)
	}
	var refused *link.RefusedError
	if err := c.Post(patience(t), "/refuse", 1); !errors.As(err, &refused) || refused.Text != "not now" {
		t.Errorf("a refusal: %v", err)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	at := answering(t, netip.Addr{})
	for what, c := range map[string]*link.Client{
		"of another secret":              identity(t, "be2", another).NewClient("be1", at),
		"who wants to ask somebody else": identity(t, "be2", secret).NewClient("be3", at),
	} {
		if err := c.Get(patience(t), "/who", nil); err == nil {
			t.Errorf("one %s was answered", what)
		}
	}
	member := identity(t, "be2", secret).Client("be1")
	for what, c := range map[string]*tls.Config{
		"without a certificate":     {InsecureSkipVerify: true, ServerName: link.ServerName},
		"who asks for nobody":       {InsecureSkipVerify: true, Certificates: member.Certificates},
		"who asks for the API":      {InsecureSkipVerify: true, Certificates: member.Certificates, ServerName: "chef.example.com"},
		"with an older kind of TLS": {InsecureSkipVerify: true, Certificates: member.Certificates, ServerName: link.ServerName, MaxVersion: tls.VersionTLS12},
		"with a stranger's own key": {InsecureSkipVerify: true, Certificates: identity(t, "be2", another).Client("be1").Certificates, ServerName: link.ServerName},
		"with a copied certificate": {InsecureSkipVerify: true, Certificates: copied(t, member), ServerName: link.ServerName},
	} {
		if err := askRaw(patience(t), at, c); err == nil {
			t.Errorf("one %s was answered", what)
		}
	}
	if err := askRaw(patience(t), at, member); err != nil {
		t.Errorf("a member is refused: %v", err)
	}
}

// copied is the certificate of a member, which everybody on the network could
// have seen before TLS 1.3, with another's key.
func copied(t *testing.T, member *tls.Config) []tls.Certificate {
	t.Helper()
	c := member.Certificates[0]
	c.PrivateKey = identity(t, "be2", another).Client("be1").Certificates[0].PrivateKey
	return []tls.Certificate{c}
}

// askRaw asks over a connection of its own.
func askRaw(ctx context.Context, at netip.AddrPort, cfg *tls.Config) error {
	c, err := (&tls.Dialer{Config: cfg}).DialContext(ctx, "tcp", at.String())
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /who HTTP/1.1\r\nHost: be1\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	answer, err := io.ReadAll(c)
	if err == nil && !strings.HasPrefix(string(answer), "HTTP/1.1 200") {
		err = errors.New(string(answer))
	}
	return err
}

func TestSecretsThatCanBeGuessedAreRefused(t *testing.T) {
	for _, s := range []config.Secret{"", "hush", secret[:63]} {
		if _, err := link.NewIdentity("be1", s); err == nil || strings.Contains(err.Error(), "hush") {
			t.Errorf("%d characters: %v", len(s.Reveal()), err)
		}
	}
}

func TestSlowClientsAreCut(t *testing.T) {
	at := answering(t, netip.Addr{})
	for what, begin := range map[string]func() (net.Conn, error){
		"before the handshake": func() (net.Conn, error) { return net.Dial("tcp", at.String()) },
		"within the headers": func() (net.Conn, error) {
			c, err := tls.Dial("tcp", at.String(), identity(t, "be2", secret).Client("be1"))
			if err == nil {
				_, err = io.WriteString(c, "GET /who HTTP/1.1\r\nHost:")
			}
			return c, err
		},
		"within the body": func() (net.Conn, error) {
			c, err := tls.Dial("tcp", at.String(), identity(t, "be2", secret).Client("be1"))
			if err == nil {
				_, err = io.WriteString(c, "POST /body HTTP/1.1\r\nHost: be1\r\nContent-Length: 10\r\n\r\n1")
			}
			return c, err
		},
	} {
		c, err := begin()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		_ = c.SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := io.Copy(io.Discard, c); errors.Is(err, context.DeadlineExceeded) || isTimeout(err) {
			t.Errorf("one that stops %s is waited for", what)
		}
		c.Close()
	}
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.As(err, &n) && n.Timeout()
}

func TestLargeBodiesAreRefused(t *testing.T) {
	c := identity(t, "be2", secret).NewClient("be1", answering(t, netip.Addr{}))
	if err := c.Post(patience(t), "/body", strings.Repeat("x", link.BodyAtMost-2)); err != nil {
		t.Errorf("as large as may be: %v", err)
	}
	if err := c.Post(patience(t), "/body", strings.Repeat("x", link.BodyAtMost-1)); err == nil || !strings.Contains(err.Error(), "413") {
		t.Errorf("a byte more: %v, want 413", err)
	}
}

// Whoever opens connections without end keeps others out, and not the peer.
func TestThePeerIsHeardWhateverOthersDo(t *testing.T) {
	for _, test := range []struct {
		peer  netip.Addr
		heard bool
	}{{netip.MustParseAddr("127.0.0.1"), true}, {netip.Addr{}, false}} {
		at := answering(t, test.peer)
		var open []net.Conn
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
		for range 200 {
			c, err := dialer.DialContext(patience(t), "tcp", at.String())
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, c)
		}
		// The last of them was closed at once: the limit was reached by then.
		_ = open[len(open)-1].SetReadDeadline(time.Now().Add(20 * time.Second))
		if _, err := open[len(open)-1].Read(make([]byte, 1)); err == nil || isTimeout(err) {
			t.Errorf("the 200th connection is kept: %v", err)
		}
		err := askRaw(patience(t), at, identity(t, "be2", secret).Client("be1"))
		if heard := err == nil; heard != test.heard {
			t.Errorf("peer at %v: heard %v (%v), want %v", test.peer, heard, err, test.heard)
		}
		for _, c := range open {
			c.Close()
		}
	}
}

// PostgreSQL's files are the same wherever and whenever they are made.
func TestPEM(t *testing.T) {
	vip := netip.MustParseAddr("10.0.0.9")
	cert, key, err := identity(t, "be1", secret).PEM(vip)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	if err := pair.Leaf.VerifyHostname("10.0.0.9"); err != nil || pair.Leaf.SignatureAlgorithm != x509.ECDSAWithSHA256 {
		t.Errorf("signed by %s, %v", pair.Leaf.SignatureAlgorithm, err)
	}
	if c, k, err := identity(t, "be2", secret).PEM(vip); err != nil || !bytes.Equal(c, cert) || !bytes.Equal(k, key) {
		t.Errorf("another on the other host: %v", err)
	}
	if _, k, err := identity(t, "be1", another).PEM(vip); err != nil || bytes.Equal(k, key) {
		t.Errorf("the same from another secret: %v", err)
	}
}

// One who was cut off is heard as soon as he is back, however often he was asked
// meanwhile.
func TestOneWhoComesBackIsHeard(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(silent.Addr().String())
	be1 := identity(t, "be1", secret)
	// None of the connections that stay without an answer is given up before the
	// test is, so that the one that is answered cannot be made in their place.
	c := identity(t, "be2", secret).NewClientWithin("be1", at, time.Hour)
	for range 8 { // connections are made, and no handshake
		ctx, cancel := context.WithCancel(t.Context())
		heard := make(chan error, 1)
		go func() { heard <- c.Get(ctx, "/who", nil) }()
		unanswered, err := silent.Accept()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { unanswered.Close() })
		cancel()
		if err := <-heard; err == nil {
			t.Error("who says nothing is heard")
		}
	}
	s := be1.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { link.Answer(w, link.Asker(r.TLS)) }), slog.New(slog.DiscardHandler))
	s.ReadHeaderTimeout, s.ReadTimeout, s.WriteTimeout = 0, 0, 0 // nor is it this end that gives up
	go func() { _ = s.Serve(tls.NewListener(silent, be1.Server())) }()
	t.Cleanup(func() { s.Close() })
	began := time.Now()
	if err := c.Get(patience(t), "/who", nil); err != nil {
		t.Errorf("after %v: %v", time.Since(began), err)
	}
}
