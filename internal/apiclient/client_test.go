package apiclient_test

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"tournant/internal/apiclient"
	"tournant/internal/signing"
)

func signer(t *testing.T) *signing.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return &signing.Signer{Name: "pivotal", Key: key}
}

// echo answers with what it was asked.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Header.Get("X-Ops-Userid") != "pivotal" || r.Header.Get("X-Ops-Server-API-Version") != "1" {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if r.Method == http.MethodDelete {
		w.WriteHeader(http.StatusForbidden)
	}
	_, _ = w.Write([]byte(`{"path":"` + r.RequestURI + `","error":["no","never"],"body":` + string(body) + `}`))
})

func TestCallWithinTheProcess(t *testing.T) {
	client, closeServer := apiclient.Serve(echo)
	c := &apiclient.Client{Base: "http://localhost", Signer: signer(t), HTTP: client}
	var answer struct {
		Path string            `json:"path"`
		Body map[string]string `json:"body"`
	}
	if err := c.Call(t.Context(), "POST", "/a%2Fb?q=1", map[string]string{"x": "y"}, &answer); err != nil {
		t.Fatal(err)
	}
	if answer.Path != "/a%2Fb?q=1" || answer.Body["x"] != "y" {
		t.Errorf("answer %+v", answer)
	}
	err := c.Call(t.Context(), "DELETE", "/", struct{}{}, nil)
	var refused *apiclient.Error
	if !errors.As(err, &refused) || apiclient.Status(err) != http.StatusForbidden || refused.Message() != "no, never" {
		t.Errorf("refusal: %v", err)
	}
	if err := closeServer(); err != nil {
		t.Fatal(err)
	}
	if err := c.Call(t.Context(), "GET", "/", nil, nil); err == nil {
		t.Error("a closed server answers")
	}
}

func TestMessages(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":"one"}`:           "one",
		`{"error":["one","two"]}`:   "one, two",
		`{"error":{"message":"x"}}`: `{"message":"x"}`,
		`{"status":"fail"}`:         `{"status":"fail"}`,
		`<html>`:                    "<html>",
	} {
		if got := (&apiclient.Error{Body: []byte(body)}).Message(); got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

func TestPinnedTrustsOneCertificate(t *testing.T) {
	server := httptest.NewTLSServer(echo)
	defer server.Close()
	server.Config.ErrorLog = nil
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	pinned, err := apiclient.Pinned(certificate)
	if err != nil {
		t.Fatal(err)
	}
	c := &apiclient.Client{Base: server.URL, Signer: signer(t), HTTP: pinned}
	if err := c.Call(t.Context(), "GET", "/", struct{}{}, nil); err != nil {
		t.Errorf("the pinned certificate: %v", err)
	}
	if c.HTTP, err = apiclient.Pinned([]byte(otherCertificate)); err != nil {
		t.Fatal(err)
	}
	if err := c.Call(t.Context(), "GET", "/", struct{}{}, nil); err == nil {
		t.Error("another certificate was trusted")
	}
	if _, err := apiclient.Pinned([]byte("no PEM")); err == nil {
		t.Error("no certificate was taken for one")
	}
}

// otherCertificate is of a server that nobody runs.
const otherCertificate = `-----BEGIN CERTIFICATE-----
MIIBeDCCAR2gAwIBAgIUdYWDM3aD175zvLoTgS7bko/6ND4wCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTIyMTgyNjM5WhgPMjEyNjEwMjkxODI2
MzlaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE
s6VHRRZi0qdICHSTeaQTx4bThh60T+gpw0pNB0MVr2pIEUBXrHGtdHK9qvsTGYmY
PURZFUOxzdxomQ5lHJakaaNTMFEwHQYDVR0OBBYEFOyVQP7n2cF/ZbAosB4IWEcx
oA7QMB8GA1UdIwQYMBaAFOyVQP7n2cF/ZbAosB4IWEcxoA7QMA8GA1UdEwEB/wQF
MAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAPmycnPk0sCrre3HQeuFng8xWS7CxpN5
H9mkAN1MMM69AiEArVcPeCPmYRRBkxRCoaywmAc76DU5lT/ZvWD0ZML9+WU=
-----END CERTIFICATE-----
`
