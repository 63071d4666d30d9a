package failover_test

import (
	"crypto/rand"
	"crypto/rsa"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tournant/internal/signing"
	"tournant/lab/failover"
	"tournant/lab/load"
)

// A server has the one half of a request before the other is sent, and what it then
// answers, and whether it did it, is found.
func TestHalf(t *testing.T) {
	for _, test := range []struct {
		name       string
		made, read int
		wrong      string
	}{
		{"honest", http.StatusCreated, http.StatusOK, ""},
		{"refused", http.StatusServiceUnavailable, http.StatusOK, "half sent failed: 503"},
		{"lost", http.StatusCreated, http.StatusNotFound, "half sent made: 404"},
	} {
		t.Run(test.name, func(t *testing.T) {
			begun, whole := make(chan struct{}), make(chan struct{})
			h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodGet {
					w.WriteHeader(test.read)
					return
				}
				close(begun)
				n, err := io.Copy(io.Discard, r.Body)
				if err != nil || n != r.ContentLength {
					t.Errorf("read %d of %d bytes: %v", n, r.ContentLength, err)
				}
				close(whole)
				w.WriteHeader(test.made)
			}))
			defer h.Close()
			key, err := rsa.GenerateKey(rand.Reader, 2048)
			if err != nil {
				t.Fatal(err)
			}
			finish, err := failover.SendHalf(t.Context(), load.Options{
				Routes: []load.Route{{Name: "fe1", URL: h.URL, HTTP: h.Client()}}, Signer: &signing.Signer{Name: "pivotal", Key: key},
			}, "/organizations/life/nodes/half")
			if err != nil {
				t.Fatal(err)
			}
			<-begun
			select {
			case <-whole:
				t.Error("the rest was sent, too")
			default:
			}
			got := ""
			if err := finish(); err != nil {
				got = err.Error()
			}
			if (got == "") != (test.wrong == "") || !strings.Contains(got, test.wrong) {
				t.Errorf("got %q, want %q", got, test.wrong)
			}
		})
	}
}
