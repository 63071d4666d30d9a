package conformance

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// checksum is what names a file's content: its MD5 in hex.
func checksum(content string) string {
	sum := md5.Sum([]byte(content))
	return hex.EncodeToString(sum[:])
}

func contentMD5(content string) string {
	sum := md5.Sum([]byte(content))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// sandbox is the answer to a request for one.
type sandbox struct {
	ID        string `json:"sandbox_id"`
	URI       string `json:"uri"`
	Checksums map[string]struct {
		NeedsUpload bool   `json:"needs_upload"`
		URL         string `json:"url"`
	} `json:"checksums"`
}

// newSandbox asks to upload contents.
func (o *org) newSandbox(t *testing.T, contents ...string) sandbox {
	t.Helper()
	var s sandbox
	o.super.Post("/sandboxes", sandboxBody(contents...)).Ok(t).Decode(t, &s)
	return s
}

func sandboxBody(contents ...string) string {
	wanted := make([]string, len(contents))
	for i, c := range contents {
		wanted[i] = fmt.Sprintf("%q:null", checksum(c))
	}
	return `{"checksums":{` + strings.Join(wanted, ",") + `}}`
}

// upload makes contents known to the organization, as knife does.
func (o *org) upload(t *testing.T, contents ...string) {
	t.Helper()
	s := o.newSandbox(t, contents...)
	for _, c := range contents {
		if file := s.Checksums[checksum(c)]; file.NeedsUpload {
			o.putBlob(t, file.URL, c).want(t, 200, 204)
		}
	}
	o.super.Put(s.URI, `{"is_completed":true}`).Ok(t)
}

// blob is an answer of the store of files, which is not the API: its URLs are
// presigned and its requests carry no signature of ours.
type blob struct {
	what   string
	status int
	header http.Header
	body   string
}

func (o *org) doBlob(t *testing.T, method, url, body string, header map[string]string) blob {
	t.Helper()
	req, err := http.NewRequest(method, url, bytes.NewReader([]byte(body)))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	res, err := o.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return blob{method + " " + url, res.StatusCode, res.Header, string(got)}
}

// putBlob uploads content the way clients do.
func (o *org) putBlob(t *testing.T, url, content string) blob {
	t.Helper()
	return o.doBlob(t, "PUT", url, content, map[string]string{
		"Content-MD5": contentMD5(content), "Content-Type": "application/x-binary",
	})
}

func (o *org) getBlob(t *testing.T, url string) blob {
	t.Helper()
	return o.doBlob(t, "GET", url, "", nil)
}

// want expects one of some statuses.
func (b blob) want(t *testing.T, statuses ...int) blob {
	t.Helper()
	for _, s := range statuses {
		if b.status == s {
			return b
		}
	}
	t.Errorf("%s: status %d, want %v\nbody: %s", b.what, b.status, statuses, clip([]byte(b.body)))
	return b
}

// content expects 200 and these bytes.
func (b blob) content(t *testing.T, want string) blob {
	t.Helper()
	if b.want(t, 200); b.status == 200 && b.body != want {
		t.Errorf("%s: got %q, want %q", b.what, clip([]byte(b.body)), clip([]byte(want)))
	}
	return b
}
