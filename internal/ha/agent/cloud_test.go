package agent

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tournant/internal/config"
	"tournant/internal/ha"
	"tournant/internal/storage"
	"tournant/lab/fakeec2"
)

const (
	be1ID    = "i-0be10000000000001"
	be2ID    = "i-0be20000000000002"
	volumeID = "vol-049df61146c4d7901"
)

// account is two backends, a third host, and a volume.
func account(t *testing.T, change func(*fakeec2.Config)) *fakeec2.Server {
	t.Helper()
	host := func(name, id, mac, address string) fakeec2.InstanceConfig {
		return fakeec2.InstanceConfig{Name: name, ID: id, Zone: "us-west-1a", Interface: "eni-" + name, MAC: mac, Address: netip.MustParseAddr(address)}
	}
	c := fakeec2.Config{
		Region: "us-west-1",
		Subnet: fakeec2.Subnet{ID: "subnet-56f5f633", VPC: "vpc-11112222", Prefix: netip.MustParsePrefix("172.31.16.0/20")},
		Keys:   []fakeec2.Key{{ID: "AKIDEXAMPLE", Secret: "hush"}},
		Instances: []fakeec2.InstanceConfig{
			host("be1", be1ID, "02:00:00:00:00:97", "172.31.24.97"), host("be2", be2ID, "02:00:00:00:00:98", "172.31.24.98"),
			host("be9", "i-0be90000000000009", "02:00:00:00:00:99", "172.31.24.99"),
		},
		Volumes: []fakeec2.VolumeConfig{{ID: volumeID, Zone: "us-west-1a", SizeGiB: 80}},
	}
	if change != nil {
		change(&c)
	}
	s, err := fakeec2.New(c, fakeec2.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// cloudOf is EC2 as a backend has it, whose peer has another address.
func cloudOf(t *testing.T, s *fakeec2.Server, address, peer, mac string) *executor {
	t.Helper()
	meta := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = net.JoinHostPort(address, "40000")
		s.Metadata().ServeHTTP(w, r)
	}))
	api := httptest.NewServer(s)
	t.Cleanup(meta.Close)
	t.Cleanup(api.Close)
	t.Setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", meta.URL)
	cfg := &Config{
		Peer: Member{"peer", netip.AddrPortFrom(netip.MustParseAddr(peer), Port)},
		VIP:  netip.MustParseAddr("172.31.24.180"), Device: "eth0", Volume: volumeID, Disk: "/dev/xvdf",
		Cloud: Cloud{Region: "us-west-1", Endpoint: api.URL, AccessKey: "AKIDEXAMPLE", SecretKey: config.Secret("hush")},
	}
	c, err := newCloud(cfg, func() (net.HardwareAddr, error) { return net.ParseMAC(mac) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.close)
	host := storage.OnHost()
	host.Sys, host.Dev = t.TempDir(), t.TempDir() // without a disk
	return &executor{cfg: cfg, cloud: c, device: newDevice(cfg, nil, host, discard())}
}

func backends(t *testing.T, s *fakeec2.Server) (be1, be2 *executor) {
	t.Helper()
	return cloudOf(t, s, "172.31.24.97", "172.31.24.98", "02:00:00:00:00:97"), cloudOf(t, s, "172.31.24.98", "172.31.24.97", "02:00:00:00:00:98")
}

// do does an action of EC2 and wants a code.
func (x *executor) want(t *testing.T, a ha.Action, want ha.Code) ha.Result {
	t.Helper()
	r, known := x.doEC2(patience(t), &ha.Command{Action: a})
	if !known || r.Code != want {
		t.Fatalf("%s: code %d (%s), want %d", a, r.Code, r.Text, want)
	}
	return r
}

// giveBack detaches it; there is no device in these tests.
func (x *executor) giveBack(t *testing.T, force bool) {
	t.Helper()
	if err := x.cloud.detach(patience(t), force); err != nil {
		t.Fatal(err)
	}
}

func TestCloudAttachesAndHandsOver(t *testing.T) {
	be1, be2 := backends(t, account(t, nil))
	if a := be1.want(t, ha.Describe, ha.OK).Attachment; a.To != ha.Nobody || a.Date == 0 {
		t.Errorf("at first: %+v", a)
	}
	be1.want(t, ha.Attach, ha.OK)
	be1.want(t, ha.Attach, ha.InUse)
	be2.want(t, ha.Attach, ha.InUse)
	if a := be1.want(t, ha.Describe, ha.OK).Attachment; a.To != ha.Self || a.AttachedAt == 0 || a.Date < a.AttachedAt {
		t.Errorf("the holder sees %+v", a)
	}
	if a := be2.want(t, ha.Describe, ha.OK).Attachment; a.To != ha.Peer || a.PeerDown {
		t.Errorf("the other sees %+v", a)
	}
	be1.giveBack(t, false)
	if a := be2.want(t, ha.Describe, ha.OK).Attachment; a.To != ha.Nobody {
		t.Errorf("after it was given back: %+v", a)
	}
	be2.want(t, ha.Attach, ha.OK)
	be1.want(t, ha.DetachPeer, ha.Failed) // it has not seen the peer have it
	be1.want(t, ha.Describe, ha.OK)
	be1.want(t, ha.DetachPeer, ha.OK)
}

func TestCloudForces(t *testing.T) {
	s := account(t, nil)
	be1, be2 := backends(t, s)
	be1.want(t, ha.Attach, ha.OK)
	if err := s.Inject(fakeec2.Fault{Name: fakeec2.FaultDetachStuck, Host: "be1"}); err != nil {
		t.Fatal(err)
	}
	be2.want(t, ha.Describe, ha.OK)
	be2.want(t, ha.DetachPeer, ha.OK)
	be2.want(t, ha.Attach, ha.InUse)
	if a := be2.want(t, ha.Describe, ha.OK).Attachment; a.To != ha.Peer || !a.Detaching {
		t.Errorf("a detach that is stuck: %+v", a)
	}
	be2.want(t, ha.ForceDetachPeer, ha.OK)
	for r := (ha.Result{Code: ha.InUse}); r.Code != ha.OK; {
		if r, _ = be2.doEC2(patience(t), &ha.Command{Action: ha.Attach}); r.Code != ha.OK && r.Code != ha.InUse {
			t.Fatalf("code %d: %s", r.Code, r.Text)
		}
	}
	be2.want(t, ha.DetachPeer, ha.NotAttached)
}

func TestCloudKnowsThePeersEnd(t *testing.T) {
	s := account(t, nil)
	be1, be2 := backends(t, s)
	be1.want(t, ha.Attach, ha.OK)
	post(t, s, "/hosts/be1/stop")
	if a := be2.want(t, ha.Describe, ha.OK).Attachment; a.To != ha.Peer || !a.PeerDown {
		t.Errorf("a stopped peer: %+v", a)
	}
}

func TestCloudKnowsStrangers(t *testing.T) {
	s := account(t, nil)
	_, be2 := backends(t, s)
	cloudOf(t, s, "172.31.24.99", "172.31.24.98", "02:00:00:00:00:99").want(t, ha.Attach, ha.OK)
	if a := be2.want(t, ha.Describe, ha.OK).Attachment; a.To != ha.Stranger {
		t.Errorf("a stranger: %+v", a)
	}
	be2.want(t, ha.ForceDetachPeer, ha.Failed)
}

func TestCloudRefusesAVolumeThatIsNoLock(t *testing.T) {
	be1, _ := backends(t, account(t, func(c *fakeec2.Config) { c.Volumes[0].MultiAttach = true }))
	be1.want(t, ha.Attach, ha.Misconfigured)
	be1.want(t, ha.SelfTest, ha.Misconfigured)
}

func TestCloudTellsOfTrouble(t *testing.T) {
	for what, test := range map[string]struct {
		fault fakeec2.Fault
		want  ha.Code
		do    string // what people are told to do about an Attach that asked for the volume in vain
	}{
		"throttled": {fakeec2.Fault{Name: fakeec2.FaultThrottle}, ha.Throttled, "Look for who else calls EC2"},
		"denied":    {fakeec2.Fault{Name: fakeec2.FaultDenied}, ha.Denied, "Allow ec2:DescribeVolumes"},
		"revoked":   {fakeec2.Fault{Name: fakeec2.FaultRevoked, Action: "AKIDEXAMPLE"}, ha.Denied, "Check ha['aws_access_key_id']"},
		"down":      {fakeec2.Fault{Name: fakeec2.FaultDown, Mode: "error"}, ha.Throttled, "See https://health.aws.amazon.com"},
	} {
		s := account(t, nil)
		be1, _ := backends(t, s)
		be1.want(t, ha.SelfTest, ha.OK)
		if err := s.Inject(test.fault); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		for _, a := range []ha.Action{ha.Describe, ha.Attach, ha.SelfTest, ha.AssignVIP} {
			if r, _ := be1.doEC2(patience(t), &ha.Command{Action: a}); r.Code != test.want || r.Text == "" {
				t.Errorf("%s: %s: code %d (%s), want %d", what, a, r.Code, r.Text, test.want)
			} else if a == ha.Attach && !strings.Contains(r.Text, ". "+test.do) {
				t.Errorf("%s: %s: %q does not say what to do: %q", what, a, r.Text, test.do)
			}
		}
	}
}

func TestCloudMovesTheVIP(t *testing.T) {
	be1, be2 := backends(t, account(t, nil))
	for _, x := range []*executor{be1, be2} {
		if x.want(t, ha.AuditVIP, ha.OK).Yes {
			t.Error("the VIP is here before it was assigned")
		}
		x.want(t, ha.AssignVIP, ha.OK)
		for ctx := patience(t); !x.want(t, ha.AuditVIP, ha.OK).Yes; {
			if ctx.Err() != nil {
				t.Fatal("the VIP does not come")
			}
		}
	}
	for ctx := patience(t); be1.want(t, ha.AuditVIP, ha.OK).Yes; {
		if ctx.Err() != nil {
			t.Fatal("the VIP does not go")
		}
	}
}

// A detach that does not end is busy when time is over.
func TestCloudDetachThatDoesNotEnd(t *testing.T) {
	s := account(t, nil)
	be1, _ := backends(t, s)
	be1.want(t, ha.Attach, ha.OK)
	if err := s.Inject(fakeec2.Fault{Name: fakeec2.FaultDetachStuck}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if err := be1.cloud.detach(ctx, false); codeOfAWS(err) != ha.Busy {
		t.Errorf("got %v, want that it is still detaching", err)
	}
}

// A force is asked for although what uses the device hangs in the kernel, which
// is when it is needed.
func TestForceDetachWaitsForNothingHere(t *testing.T) {
	be1, be2 := backends(t, account(t, nil))
	be1.want(t, ha.Attach, ha.OK)
	begun, end := make(chan struct{}), make(chan struct{})
	defer close(end)
	go func() {
		_ = be1.device.lane.do(context.Background(), func(context.Context) error { close(begun); <-end; return nil })
	}()
	<-begun
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if r, _ := be1.doEC2(ctx, &ha.Command{Action: ha.ForceDetach}); r.Code != ha.OK {
		t.Errorf("code %d: %s", r.Code, r.Text)
	}
	if a := be2.want(t, ha.Describe, ha.OK).Attachment; a.To != ha.Nobody {
		t.Errorf("after the force EC2 shows %+v", a)
	}
}

// post asks the fake's control for something.
func post(t *testing.T, s *fakeec2.Server, path string) {
	t.Helper()
	w := httptest.NewRecorder()
	s.Control().ServeHTTP(w, httptest.NewRequest(http.MethodPost, path, nil))
	if w.Code >= http.StatusBadRequest {
		t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
}
