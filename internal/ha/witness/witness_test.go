package witness_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha/link"
	"tournant/internal/ha/witness"
)

const secret = config.Secret("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")

func identity(t *testing.T, name string) *link.Identity {
	t.Helper()
	i, err := link.NewIdentity(name, secret)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func serve(t *testing.T, i *link.Identity, h http.Handler) netip.AddrPort {
	t.Helper()
	l, err := i.Listen(t.Context(), netip.MustParseAddrPort("127.0.0.1:0"), netip.Addr{})
	if err != nil {
		t.Fatal(err)
	}
	s := i.NewServer(h, slog.New(slog.DiscardHandler))
	go func() { _ = s.Serve(l) }()
	t.Cleanup(func() { s.Close() })
	return netip.MustParseAddrPort(l.Addr().String())
}

// frontend starts fe1, which reaches be1 at an address, and returns where it is.
func frontend(t *testing.T, be1 netip.AddrPort) netip.AddrPort {
	t.Helper()
	fe1 := identity(t, "fe1")
	nowhere := netip.MustParseAddrPort("127.0.0.1:1")
	w := witness.New(slog.New(slog.DiscardHandler), fe1.NewClient("be1", be1), fe1.NewClient("be2", nowhere))
	t.Cleanup(w.Close)
	m := http.NewServeMux()
	m.Handle(link.PathVouch, w)
	return serve(t, fe1, m)
}

func ask(t *testing.T, asker string, fe1 netip.AddrPort, path string) (link.Proof, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var p link.Proof
	return p, identity(t, asker).NewClient("fe1", fe1).Get(ctx, path, &p)
}

func TestAFrontendPassesTheProofOn(t *testing.T) {
	be1 := identity(t, "be1")
	at := serve(t, be1, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		var n link.Nonce
		if err := n.UnmarshalText([]byte(r.URL.Query().Get("nonce"))); err != nil || r.URL.Path != link.PathProof || link.Asker(r.TLS) != "fe1" {
			http.Error(rw, "not so", http.StatusBadRequest)
			return
		}
		link.Answer(rw, be1.Prove(n, 7, time.Second))
	}))
	nonce := link.NewNonce()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var p link.Proof
	be2 := identity(t, "be2")
	if err := be2.NewClient("fe1", frontend(t, at)).Get(ctx, link.VouchFor("be1", nonce), &p); err != nil {
		t.Fatal(err)
	}
	if err := be2.Check(&p, "be1", nonce); err != nil || p.Epoch != 7 {
		t.Errorf("%+v: %v", p, err)
	}
}

// A frontend that has no proof says so: it answers, and vouches for nothing.
func TestAFrontendWithoutProof(t *testing.T) {
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	for what, be1 := range map[string]netip.AddrPort{
		"a backend that is no primary": serve(t, identity(t, "be1"), http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusNoContent) })),
		"a backend with an error":      serve(t, identity(t, "be1"), http.NotFoundHandler()),
		"another host at its address":  serve(t, identity(t, "be9"), http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { link.Answer(rw, link.Proof{}) })),
		"a dead backend":               netip.MustParseAddrPort("127.0.0.1:1"),
		"a frozen backend":             netip.MustParseAddrPort(deaf.Addr().String()),
	} {
		if p, err := ask(t, "be2", frontend(t, be1), link.VouchFor("be1", link.NewNonce())); !errors.Is(err, link.ErrNone) {
			t.Errorf("%s: %+v, %v, want none", what, p, err)
		}
	}
}

func TestWhoMayAskAFrontend(t *testing.T) {
	at := frontend(t, netip.MustParseAddrPort("127.0.0.1:1"))
	for _, test := range []struct{ asker, path string }{
		{"fe2", link.VouchFor("be1", link.NewNonce())},
		{"be2", link.VouchFor("be9", link.NewNonce())},
		{"be2", link.PathVouch + "?node=be1"},
		{"be2", link.PathVouch + "?node=be1&nonce=zz"},
	} {
		if _, err := ask(t, test.asker, at, test.path); err == nil || errors.Is(err, link.ErrNone) {
			t.Errorf("%s asks for %s: %v, want a refusal", test.asker, test.path, err)
		}
	}
}
