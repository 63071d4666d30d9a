package fakeec2_test

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tournant/lab/fakeec2"
)

// A guest asks the metadata service from its own address.
type guest struct {
	t      *testing.T
	url    string
	client *http.Client
}

// metadata starts the service for an account whose hosts are on the loopback
// network, and returns be1's and be2's view of it.
func metadata(t *testing.T) (*account, guest, guest) {
	c := config()
	c.Subnet.Prefix = netip.MustParsePrefix("127.0.0.0/16")
	for i := range c.Instances {
		c.Instances[i].Address = netip.AddrFrom4([4]byte{127, 0, 0, byte(1 + i)})
	}
	c.Instances[0].Role = "tournant"
	c.Times.Propagate = seconds(5)
	a := newAccount(t, c)
	h := httptest.NewServer(a.Metadata())
	t.Cleanup(h.Close)
	from := func(last byte) guest {
		dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, last)}}
		return guest{t, h.URL, &http.Client{Transport: &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true}}}
	}
	return a, from(1), from(2)
}

func (g guest) do(method, path string, header ...string) (int, string) {
	g.t.Helper()
	r, err := http.NewRequest(method, g.url+path, nil)
	if err != nil {
		g.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	response, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func (g guest) token() string {
	g.t.Helper()
	status, token := g.do("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "60")
	if status != 200 {
		g.t.Fatalf("token: %d %s", status, token)
	}
	return token
}

func (g guest) get(path string) string {
	g.t.Helper()
	status, text := g.do("GET", "/latest/"+path, "X-aws-ec2-metadata-token", g.token())
	if status != 200 {
		g.t.Errorf("%s: status %d", path, status)
	}
	return text
}

func TestMetadata(t *testing.T) {
	a, first, second := metadata(t)
	nic := "meta-data/network/interfaces/macs/02:00:00:00:00:97/"
	for path, want := range map[string]string{
		"meta-data/instance-id":                 be1,
		"meta-data/placement/availability-zone": "us-west-1a",
		"meta-data/placement/region":            "us-west-1",
		"meta-data/placement/":                  "availability-zone\nregion",
		"meta-data/mac":                         "02:00:00:00:00:97",
		"meta-data/network/interfaces/macs/":    "02:00:00:00:00:97/",
		nic + "interface-id":                    "eni-97",
		nic + "local-ipv4s":                     "127.0.0.1",
		nic + "subnet-id":                       "subnet-56f5f633",
		nic + "subnet-ipv4-cidr-block":          "127.0.0.0/16",
		"meta-data/iam/security-credentials/":   "tournant",
		"meta-data/iam/":                        "security-credentials/",
	} {
		if got := first.get(path); got != want {
			t.Errorf("%s is %q, want %q", path, got, want)
		}
	}
	if got := second.get("meta-data/instance-id"); got != be2 {
		t.Errorf("be2 is told that it is %s", got)
	}
	// A secondary address shows once the network has it.
	a.must("AssignPrivateIpAddresses", "NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", "127.0.2.1")
	if got := first.get(nic + "local-ipv4s"); got != "127.0.0.1" {
		t.Errorf("addresses before propagation: %q", got)
	}
	a.clock.Advance(5 * time.Second)
	if got := first.get(nic + "local-ipv4s"); got != "127.0.0.1\n127.0.2.1" {
		t.Errorf("addresses after propagation: %q", got)
	}
}

func TestMetadataTokens(t *testing.T) {
	a, first, second := metadata(t)
	const ttl, token = "X-aws-ec2-metadata-token-ttl-seconds", "X-aws-ec2-metadata-token"
	mine := first.token()
	for _, row := range []struct {
		name   string
		who    guest
		method string
		path   string
		header []string
		status int
	}{
		{"no token", first, "GET", "/latest/meta-data/instance-id", nil, 401},
		{"an invented token", first, "GET", "/latest/meta-data/instance-id", []string{token, "x"}, 401},
		{"its own token", first, "GET", "/latest/meta-data/instance-id", []string{token, mine}, 200},
		{"another's token", second, "GET", "/latest/meta-data/instance-id", []string{token, mine}, 401},
		{"nothing there", first, "GET", "/latest/meta-data/instance", []string{token, mine}, 404},
		{"no role", second, "GET", "/latest/meta-data/iam/", []string{token, second.token()}, 404},
		{"no lifetime", first, "PUT", "/latest/api/token", nil, 400},
		{"too long a lifetime", first, "PUT", "/latest/api/token", []string{ttl, "21601"}, 400},
		{"no lifetime at all", first, "PUT", "/latest/api/token", []string{ttl, "0"}, 400},
		{"through a proxy", first, "PUT", "/latest/api/token", []string{ttl, "60", "X-Forwarded-For", "10.0.0.1"}, 403},
	} {
		if status, text := row.who.do(row.method, row.path, row.header...); status != row.status {
			t.Errorf("%s: %d %q, want %d", row.name, status, text, row.status)
		}
	}
	a.clock.Advance(61 * time.Second)
	if status, _ := first.do("GET", "/latest/meta-data/instance-id", token, mine); status != 401 {
		t.Errorf("a token past its lifetime: %d, want 401", status)
	}
}

// The role's credentials sign requests until they expire, and are renewed in
// time.
func TestRoleCredentials(t *testing.T) {
	a, first, _ := metadata(t)
	type credentials struct {
		Code, Type                         string
		AccessKeyID                        string `json:"AccessKeyId"`
		SecretAccessKey, Token, Expiration string
	}
	read := func() (c credentials) {
		if err := json.Unmarshal([]byte(first.get("meta-data/iam/security-credentials/tournant")), &c); err != nil {
			t.Fatal(err)
		}
		return c
	}
	c := read()
	if c.Code != "Success" || c.Type != "AWS-HMAC" || !strings.HasPrefix(c.AccessKeyID, "ASIA") || c.Expiration != "2026-11-26T13:00:00Z" {
		t.Errorf("credentials %+v", c)
	}
	a.key, a.secret, a.token = c.AccessKeyID, c.SecretAccessKey, c.Token
	a.must("DescribeVolumes")
	a.token = ""
	if code, _ := a.call("DescribeVolumes").code(); code != "AuthFailure" {
		t.Errorf("without the token: %q, want AuthFailure", code)
	}
	a.token = c.Token
	a.clock.Advance(5*time.Hour + 29*time.Minute)
	if again := read(); again != c {
		t.Error("the credentials changed half an hour before their end")
	}
	a.clock.Advance(2 * time.Minute)
	if again := read(); again == c {
		t.Error("the credentials did not change in their last half hour")
	}
	a.clock.Advance(time.Hour)
	if code, _ := a.call("DescribeVolumes").code(); code != "RequestExpired" {
		t.Errorf("with expired credentials: %q, want RequestExpired", code)
	}
}

func TestConfig(t *testing.T) {
	for want, spoil := range map[string]func(*fakeec2.Config){
		"region":          func(c *fakeec2.Config) { c.Region = "" },
		"subnet":          func(c *fakeec2.Config) { c.Subnet.Prefix = netip.Prefix{} },
		"mac":             func(c *fakeec2.Config) { c.Instances[0].MAC = "?" },
		"is there twice":  func(c *fakeec2.Config) { c.Instances[1].ID = c.Instances[0].ID },
		"not in subnet":   func(c *fakeec2.Config) { c.Instances[0].Secondary = []netip.Addr{netip.MustParseAddr("10.0.0.1")} },
		"volume is empty": func(c *fakeec2.Config) { c.Volumes[0].ID = "" },
		"key is empty":    func(c *fakeec2.Config) { c.Keys[0].ID = "" },
	} {
		c := config()
		spoil(&c)
		if _, err := fakeec2.New(c, fakeec2.Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want something with %q", err, want)
		}
	}
}
