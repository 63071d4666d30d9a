package api

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tournant/internal/blob"
	"tournant/internal/diskspace/diskspacetest"
	"tournant/internal/store/storetest"
)

// On a disk that is nearly full what would store something is answered with 507
// and why, in the words of the API and of S3; reading, searching and deleting
// go on; and all does once there is room.
func TestFullDisk(t *testing.T) {
	disk := diskspacetest.Small(t, 64<<20)
	s := newTestServerOn(t, storetest.SQLiteIn(disk))
	files, err := blob.Open(s.Store, t.TempDir(), blob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	s.Files = files
	for _, name := range []string{"web", "db"} {
		s.call(t, http.StatusCreated, "POST", "/nodes", `{"name":"`+name+`"}`)
	}
	content := []byte("a recipe")
	sum := md5.Sum(content)
	upload := func(want int) {
		t.Helper()
		s.upload(t, want, sum, content)
	}
	empty := diskspacetest.Fill(t, disk, 2<<20)
	for _, refused := range []*http.Request{
		s.request(t, "POST", "/nodes", `{"name":"new"}`),
		s.request(t, "PUT", "/nodes/web", `{"name":"web","normal":{"a":1}}`),
		s.request(t, "POST", "/clients", `{"name":"new","create_key":true}`),
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, refused)
		if w.Code != http.StatusInsufficientStorage || !strings.Contains(w.Body.String(), "makes room") {
			t.Errorf("%s %s: %d %s, want 507 and what to do", refused.Method, refused.URL, w.Code, w.Body)
		}
	}
	upload(http.StatusInsufficientStorage)
	s.call(t, http.StatusNotFound, "GET", "/nodes/new", "")
	s.call(t, http.StatusOK, "GET", "/nodes/web", "")
	if got := s.call(t, http.StatusOK, "GET", "/search/node?q=name:web", ""); !bytes.Contains(got, []byte(`"total":1`)) {
		t.Errorf("search: %s", got)
	}
	s.call(t, http.StatusOK, "POST", "/search/node?q=name:web", `{"name":["name"]}`)
	s.call(t, http.StatusOK, "DELETE", "/nodes/db", "")
	if now, err := s.State(t.Context()); err != nil || !now.Full {
		t.Errorf("metrics: full %t, %v", now.Full, err)
	}
	if got := s.Database().Refused; got != 3 {
		t.Errorf("metrics: %d writes refused, want 3", got)
	}
	empty()
	s.call(t, http.StatusCreated, "POST", "/nodes", `{"name":"new"}`)
	upload(http.StatusNoContent)
	if now, err := s.State(t.Context()); err != nil || now.Full {
		t.Errorf("metrics with room again: full %t, %v", now.Full, err)
	}
}

// The file that is being received finds no room for itself.
func TestFullSpool(t *testing.T) {
	disk := diskspacetest.Small(t, 1<<20)
	s := newTestServer(t)
	files, err := blob.Open(s.Store, disk, blob.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	s.Files = files
	content := make([]byte, 2<<20)
	s.upload(t, http.StatusInsufficientStorage, md5.Sum(content), content)
}

// upload sends a file as knife does and wants a status.
func (s *testServer) upload(t *testing.T, want int, sum [md5.Size]byte, content []byte) {
	t.Helper()
	org, _, err := s.Store.Org(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s) // deadlines need a connection
	defer server.Close()
	url := s.Presigner.Put(server.URL, org.GUID, hex.EncodeToString(sum[:]), time.Minute)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, url, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-binary")
	r.Header.Set("Content-MD5", base64.StdEncoding.EncodeToString(sum[:]))
	answer, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != want {
		body, err := io.ReadAll(answer.Body)
		t.Errorf("file: %s %s, %v, want %d", answer.Status, body, err, want)
	}
}
