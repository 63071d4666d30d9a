package fakeec2_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	signer "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"tournant/lab/fakeec2"
)

const (
	keyID    = "AKIDEXAMPLE"
	secret   = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	volumeID = "vol-049df61146c4d7901"
	vip      = "172.31.24.180"
)

// config is the page's: two backends and a frontend, and what else the error
// table needs.
func config() fakeec2.Config {
	instance := func(name, id, zone, last, address string) fakeec2.InstanceConfig {
		return fakeec2.InstanceConfig{
			Name: name, ID: id, Zone: zone, Interface: "eni-" + last, MAC: "02:00:00:00:00:" + last, Address: netip.MustParseAddr(address),
		}
	}
	return fakeec2.Config{
		Region: "us-west-1",
		Subnet: fakeec2.Subnet{ID: "subnet-56f5f633", VPC: "vpc-11112222", Prefix: netip.MustParsePrefix("172.31.16.0/20")},
		Keys:   []fakeec2.Key{{ID: keyID, Secret: secret}, {ID: "AKIDREADER", Secret: "reader", Actions: []string{"DescribeVolumes"}}},
		Instances: []fakeec2.InstanceConfig{
			instance("be1", "i-0be10000000000001", "us-west-1a", "97", "172.31.24.97"),
			instance("be2", "i-0be20000000000002", "us-west-1a", "98", "172.31.24.98"),
			instance("fe1", "i-0fe10000000000003", "us-west-1b", "47", "172.31.30.47"),
		},
		Volumes: []fakeec2.VolumeConfig{
			{ID: volumeID, Zone: "us-west-1a", SizeGiB: 80},
			{ID: "vol-0aaaaaaaaaaaaaaaa", Zone: "us-west-1a", SizeGiB: 1},
			{ID: "vol-0bbbbbbbbbbbbbbbb", Zone: "us-west-1a", SizeGiB: 1, MultiAttach: true},
		},
	}
}

// An account is a fake with a caller.
type account struct {
	*fakeec2.Server
	t     *testing.T
	clock *fakeec2.ManualClock
	http  *httptest.Server
	// key, secret, token sign; skew is how wrong the caller's clock is.
	key, secret, token string
	region             string
	skew               time.Duration
}

func newAccount(t *testing.T, c fakeec2.Config) *account {
	t.Helper()
	clock := fakeec2.NewManualClock(time.Date(2026, 11, 26, 7, 0, 0, 0, time.UTC))
	s, err := fakeec2.New(c, fakeec2.Options{Clock: clock})
	if err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &account{s, t, clock, h, keyID, secret, "", "us-west-1", 0}
}

// An answer is a whole one.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

// call signs with AWS's own signer.
func (a *account) call(action string, params ...string) answer {
	a.t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2016-11-15"}}
	for i := 0; i < len(params); i += 2 {
		form.Set(params[i], params[i+1])
	}
	return a.send(form, nil)
}

// send posts a form; tamper may change the request after it was signed.
func (a *account) send(form url.Values, tamper func(*http.Request)) answer {
	a.t.Helper()
	body := form.Encode()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, a.http.URL, bytes.NewBufferString(body))
	if err != nil {
		a.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	sum := sha256.Sum256([]byte(body))
	credentials := aws.Credentials{AccessKeyID: a.key, SecretAccessKey: a.secret, SessionToken: a.token}
	if err := signer.NewSigner().SignHTTP(r.Context(), credentials, r, hex.EncodeToString(sum[:]), "ec2", a.region, a.clock.Now().Add(a.skew)); err != nil {
		a.t.Fatal(err)
	}
	if tamper != nil {
		tamper(r)
	}
	response, err := a.http.Client().Do(r)
	if err != nil {
		return answer{err: err}
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, got, err}
}

// must fails the test unless the call succeeds.
func (a *account) must(action string, params ...string) answer {
	a.t.Helper()
	got := a.call(action, params...)
	if got.err != nil || got.status != http.StatusOK {
		a.t.Fatalf("%s %v: %v %d %s", action, params, got.err, got.status, got.body)
	}
	return got
}

// code is the answer's error code, or empty.
func (a answer) code() (code, message string) {
	var e struct {
		Errors []struct{ Code, Message string } `xml:"Errors>Error"`
	}
	if a.status != http.StatusOK && xml.Unmarshal(a.body, &e) == nil && len(e.Errors) == 1 {
		return e.Errors[0].Code, e.Errors[0].Message
	}
	return "", ""
}

// volumeState is what DescribeVolumes says of the volume: its state, and whom
// it is attached to in which state.
func (a *account) volumeState() [3]string {
	a.t.Helper()
	var v struct {
		Status     string `xml:"volumeSet>item>status"`
		Instance   string `xml:"volumeSet>item>attachmentSet>item>instanceId"`
		Attachment string `xml:"volumeSet>item>attachmentSet>item>status"`
	}
	if err := xml.Unmarshal(a.must("DescribeVolumes", "VolumeId.1", volumeID).body, &v); err != nil {
		a.t.Fatal(err)
	}
	return [3]string{v.Status, v.Instance, v.Attachment}
}

func (a *account) wantVolume(state, instance, attachment string) {
	a.t.Helper()
	if got, want := a.volumeState(), [3]string{state, instance, attachment}; got != want {
		a.t.Errorf("the volume is %q, want %q", got, want)
	}
}
