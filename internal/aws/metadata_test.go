package aws_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/aws"
)

var mac = net.HardwareAddr{0x02, 0xdd, 0x2c, 0x5e, 0x01, 0x69}

// instanceMetadata is what an instance with a role finds.
func instanceMetadata() map[string]string {
	const macs = "network/interfaces/macs/02:dd:2c:5e:01:69/"
	return map[string]string{
		"instance-id":                      instance,
		"placement/region":                 "eu-west-1",
		"placement/availability-zone":      "eu-west-1c",
		macs + "interface-id":              "eni-551ba033",
		macs + "subnet-ipv4-cidr-block":    "192.168.0.0/20",
		macs + "local-ipv4s":               "192.168.1.88\n192.168.1.180",
		"iam/security-credentials/":        "chef-ha",
		"iam/security-credentials/chef-ha": `{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"roleSecret","Token":"roleToken","Expiration":"2100-01-01T00:00:00Z"}`,
	}
}

// metadataServer is version 2 of the instance metadata service: what comes
// without its token is refused.
type metadataServer struct {
	*httptest.Server
	values map[string]string
	status atomic.Int32 // of all answers, if not 0
	old    atomic.Bool  // it speaks version 1 alone
	tokens atomic.Int32 // given out
	hold   atomic.Int64 // of the first answer, in nanoseconds
}

func serveMetadata(t *testing.T) *metadataServer {
	t.Helper()
	s := &metadataServer{values: instanceMetadata()}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *metadataServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	const token, ttl = "X-Aws-Ec2-Metadata-Token", "X-Aws-Ec2-Metadata-Token-Ttl-Seconds"
	path, asked := strings.CutPrefix(r.URL.Path, "/latest/meta-data/")
	time.Sleep(time.Duration(s.hold.Swap(0)))
	value, ok := s.values[path]
	switch status := s.status.Load(); {
	case status != 0:
		w.WriteHeader(int(status))
	case s.old.Load() && r.Method == http.MethodGet && ok:
		_, _ = w.Write([]byte(value))
	case !s.old.Load() && r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" && r.Header.Get(ttl) != "":
		s.tokens.Add(1)
		w.Header().Set(ttl, r.Header.Get(ttl))
		_, _ = w.Write([]byte("good"))
	case r.Header.Get(token) != "good":
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method != http.MethodGet || !asked || !ok:
		w.WriteHeader(http.StatusNotFound)
	default:
		_, _ = w.Write([]byte(value))
	}
}

func (s *metadataServer) open(t *testing.T) *aws.Metadata {
	t.Helper()
	m := aws.NewMetadata(s.URL)
	t.Cleanup(m.Close)
	return m
}

func TestMetadata(t *testing.T) {
	s := serveMetadata(t)
	m := s.open(t)
	id, err := m.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := (aws.Identity{InstanceID: instance, Region: "eu-west-1", Zone: "eu-west-1c"}); id != want {
		t.Errorf("got %+v, want %+v", id, want)
	}
	link, err := m.Link(t.Context(), mac)
	if err != nil {
		t.Fatal(err)
	}
	want := aws.Link{
		InterfaceID: "eni-551ba033", Subnet: netip.MustParsePrefix("192.168.0.0/20"),
		Addresses: []netip.Addr{netip.MustParseAddr("192.168.1.88"), netip.MustParseAddr("192.168.1.180")},
	}
	if diff := cmp.Diff(link, want, byValue); diff != "" {
		t.Errorf("got-, want+:\n%s", diff)
	}
	if n := s.tokens.Load(); n != 1 {
		t.Errorf("took %d tokens, want 1", n)
	}
}

// TestMetadataEndpoint takes the endpoint from the variable that AWS's tools
// take it from.
func TestMetadataEndpoint(t *testing.T) {
	s := serveMetadata(t)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", s.URL)
	m := aws.NewMetadata("")
	defer m.Close()
	if id, err := m.Identity(t.Context()); err != nil || id.InstanceID != instance {
		t.Errorf("got %+v, %v", id, err)
	}
}

func TestMetadataTrouble(t *testing.T) {
	other := net.HardwareAddr{2, 0, 0, 0, 0, 1}
	for name, tt := range map[string]struct {
		change func(s *metadataServer)
		mac    net.HardwareAddr
		want   aws.Code
	}{
		"another interface": {func(*metadataServer) {}, other, aws.NotFound},
		"turned off":        {func(s *metadataServer) { s.status.Store(403) }, mac, aws.Unauthorized},
		"version 1":         {func(s *metadataServer) { s.old.Store(true) }, mac, aws.Unauthorized},
		"overloaded":        {func(s *metadataServer) { s.status.Store(503) }, mac, aws.Throttled},
		"broken":            {func(s *metadataServer) { s.status.Store(500) }, mac, aws.ServerTrouble},
		"a redirect":        {func(s *metadataServer) { s.status.Store(302) }, mac, aws.BadAnswer},
		"empty":             {func(s *metadataServer) { s.change("interface-id", " \n") }, mac, aws.BadAnswer},
		"no subnet":         {func(s *metadataServer) { s.change("subnet-ipv4-cidr-block", "here") }, mac, aws.BadAnswer},
		"no address":        {func(s *metadataServer) { s.change("local-ipv4s", "192.168.1.88\n<html>") }, mac, aws.BadAnswer},
		"too much":          {func(s *metadataServer) { s.change("local-ipv4s", strings.Repeat("10.0.0.1\n", 10000)) }, mac, aws.BadAnswer},
		"nobody":            {func(s *metadataServer) { s.Close() }, mac, aws.Unreachable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serveMetadata(t)
			tt.change(s)
			if _, err := s.open(t).Link(t.Context(), tt.mac); aws.CodeOf(err) != tt.want {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func (s *metadataServer) change(name, value string) {
	s.values["network/interfaces/macs/"+mac.String()+"/"+name] = value
}

// TestRole signs with the role of the instance, in its region, when the
// configuration has neither.
func TestRole(t *testing.T) {
	md := serveMetadata(t)
	s := serve(t, nil)
	c := open(t, aws.Config{Endpoint: s.URL, Metadata: md.open(t), Now: func() time.Time { return answers }})
	for range 2 {
		if _, _, err := c.DescribeVolume(t.Context(), volume); err != nil {
			t.Fatal(err)
		}
	}
	for _, h := range s.auth {
		if got := h.Get("X-Amz-Security-Token"); got != "roleToken" {
			t.Errorf("got the token %q", got)
		}
		if got := h.Get("Authorization"); !strings.Contains(got, "Credential=ASIAEXAMPLE/20261126/eu-west-1/ec2/") || !strings.Contains(got, "x-amz-security-token") {
			t.Errorf("got %s", got)
		}
	}
}

func TestNoRole(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(s *metadataServer)
		want   aws.Code
	}{
		"no role":     {func(s *metadataServer) { delete(s.values, "iam/security-credentials/") }, aws.NoCredentials},
		"no metadata": {func(s *metadataServer) { s.Close() }, aws.Unreachable},
		"turned off":  {func(s *metadataServer) { s.status.Store(403) }, aws.Unauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			md, s := serveMetadata(t), serve(t, nil)
			tt.change(md)
			c := open(t, aws.Config{Region: region, Endpoint: s.URL, Metadata: md.open(t)})
			_, _, err := c.AttachVolume(t.Context(), attach)
			if aws.CodeOf(err) != tt.want || uncertain(err) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
			if n := len(s.received()); n != 0 {
				t.Errorf("sent %d requests that nobody signed", n)
			}
		})
	}
}

// TestNoRoleForAllWhoWait: the role is asked for once, and each who waits for it
// is told that there is none.
func TestNoRoleForAllWhoWait(t *testing.T) {
	t.Parallel()
	md, s := serveMetadata(t), serve(t, nil)
	delete(md.values, "iam/security-credentials/")
	md.hold.Store(int64(200 * time.Millisecond)) // so that the others come meanwhile
	c := open(t, aws.Config{Region: region, Endpoint: s.URL, Metadata: md.open(t)})
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if _, _, err := c.AttachVolume(t.Context(), attach); aws.CodeOf(err) != aws.NoCredentials {
				t.Errorf("got %v, want %q", err, aws.NoCredentials)
			}
		})
	}
	all.Wait()
}
