package conformance

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"os/exec"
	"testing"
	"time"
)

func authorization(line int) string { return fmt.Sprintf("X-Ops-Authorization-%d", line) }

// setBody replaces the body of a request that is signed already.
func setBody(r *http.Request, body string) {
	r.Body = io.NopCloser(bytes.NewReader([]byte(body)))
	r.ContentLength = int64(len(body))
}

func pkcs1PEM(key *rsa.PrivateKey) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)}))
}

func certificatePEM(t *testing.T, key *rsa.PrivateKey) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// rubySigner signs with mixlib-authentication: the library that knife and
// chef-client sign with. It reads requests as JSON and prints their headers.
const rubySigner = `
require "json"
require "openssl"
require "time"
require "mixlib/authentication/signedheaderauth"

signed = JSON.parse(STDIN.read).map do |request|
  signing = Mixlib::Authentication::SignedHeaderAuth.signing_object(
    http_method: request["method"],
    path: request["path"],
    body: request["body"],
    host: "localhost",
    timestamp: request["timestamp"],
    user_id: request["name"],
    proto_version: request["version"],
    headers: { "X-Ops-Server-API-Version" => request["api"] },
  )
  key = OpenSSL::PKey::RSA.new(request["key"])
  headers = signing.sign(key, signing.algorithm, signing.proto_version)
  headers.map { |name, value| [name.to_s.tr("_", "-"), value] }.to_h
end
puts JSON.generate(signed)
`

// rubyRequest is what rubySigner reads, and the status that the server gives.
type rubyRequest struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Body      string `json:"body"`
	Timestamp string `json:"timestamp"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	API       string `json:"api"`
	Key       string `json:"key"`

	status int
}

// signRuby: requests that Chef's own library has signed are authentic. It
// needs Debian's package ruby-mixlib-authentication.
func signRuby(t *testing.T, o *org) {
	var requests []rubyRequest
	for _, version := range []string{"1.0", "1.1", "1.3"} {
		requests = append(requests, o.rubyRequests(version)...)
	}
	signed := signInRuby(t, requests)
	for i, r := range requests {
		a := o.user.unsigned().v(1)
		for name, value := range signed[i] {
			a = a.with(name, value)
		}
		a.Do(r.Method, o.target.URL+r.Path, r.Body).Want(t, r.status, "")
	}
}

// rubyRequests are the four methods on one node.
func (o *org) rubyRequests(version string) []rubyRequest {
	base := rubyRequest{
		Timestamp: o.target.Now().UTC().Format("2006-01-02T15:04:05Z"), Name: o.user.name(), Version: version, API: "1",
		Key: string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(o.keys[0])})),
	}
	request := func(method, path, body string, status int) rubyRequest {
		r := base
		r.Method, r.Path, r.Body, r.status = method, o.vars.expand("/organizations/$O"+path), body, status
		return r
	}
	return []rubyRequest{
		request("POST", "/nodes", `{"name":"ruby","normal":{"ü":"é"}}`, 201),
		request("GET", "/nodes/ruby", "", 200),
		request("PUT", "/nodes/ruby", `{"normal":{}}`, 200),
		request("DELETE", "/nodes/ruby", "", 200),
	}
}

// signInRuby returns the headers of each request.
func signInRuby(t *testing.T, requests []rubyRequest) []map[string]string {
	t.Helper()
	in, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("ruby", "-e", rubySigner)
	cmd.Stdin = bytes.NewReader(in)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("ruby with mixlib-authentication (Debian: ruby-mixlib-authentication): %v\n%s", err, stderr.String())
	}
	var signed []map[string]string
	if err := json.Unmarshal(out, &signed); err != nil || len(signed) != len(requests) {
		t.Fatalf("%v in %s", err, out)
	}
	return signed
}
