package api

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// A proxy asks with the path behind /validate, which may be none at all.
func TestValidate(t *testing.T) {
	s := newTestServer(t)
	for asked, signed := range map[string]string{
		"/validate":                "/",
		"/validate/":               "/",
		"/validate/data-collector": "/data-collector",
		"//validate/a%2Fb//c/?q=1": "/a%2Fb/c",
	} {
		for remote, want := range map[string]int{"127.0.0.1:1": http.StatusOK, "192.0.2.1:1": http.StatusNotFound} {
			r := httptest.NewRequest("POST", signed, http.NoBody)
			if err := s.signer.Sign(r, nil); err != nil {
				t.Fatal(err)
			}
			at := httptest.NewRequest("POST", "/organizations/acme"+asked, http.NoBody)
			at.Header, at.RemoteAddr = r.Header, remote
			w := httptest.NewRecorder()
			s.ServeHTTP(w, at)
			if w.Code != want {
				t.Errorf("%s from %s: %d %s, want %d", asked, remote, w.Code, w.Body, want)
			}
		}
	}
}
