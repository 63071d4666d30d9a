package fakeec2_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"tournant/internal/aws"
	"tournant/lab/fakeec2"
)

// A caller is the agent's own client of EC2, against the fake: what either of
// the two has wrong about AWS, the other had better not.
type caller struct {
	*account
	*aws.Client
}

func newCaller(t *testing.T, c fakeec2.Config) caller {
	t.Helper()
	a := newAccount(t, c)
	client, err := aws.New(context.Background(), aws.Config{
		Region: "us-west-1", Endpoint: a.http.URL, Keys: aws.Keys{AccessKeyID: keyID, SecretAccessKey: secret},
		Now: func() time.Time { return a.clock.Now().Add(a.skew) }, Timeout: 5 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return caller{a, client}
}

func (c caller) wantCode(err error, want aws.Code) {
	c.t.Helper()
	if got := aws.CodeOf(err); got != want {
		c.t.Errorf("code %q of %v, want %q", got, err, want)
	}
}

func TestAgentsClient(t *testing.T) {
	ctx := context.Background()
	c := newCaller(t, config())
	request := aws.AttachRequest{VolumeID: volumeID, InstanceID: be1, Device: "/dev/sdf"}
	held, answer, err := c.AttachVolume(ctx, request)
	c.wantCode(err, "")
	if held.VolumeID != volumeID || held.InstanceID != be1 || held.State != aws.Attaching && held.State != aws.Attached || !answer.Date.Equal(c.clock.Now()) {
		t.Errorf("attached %+v, %+v", held, answer)
	}
	_, _, err = c.AttachVolume(ctx, request)
	c.wantCode(err, aws.InUse)
	request.InstanceID = be2
	_, _, err = c.AttachVolume(ctx, request)
	c.wantCode(err, aws.InUse)

	c.clock.Advance(90 * time.Second)
	v, answer, err := c.DescribeVolume(ctx, volumeID)
	c.wantCode(err, "")
	holder, ok := v.Holder()
	if age, known := answer.Age(holder.AttachTime); !ok || holder.InstanceID != be1 || !known || age != 90*time.Second {
		t.Errorf("held by %+v, %v, for %v", holder, ok, age)
	}
	c.wantCode(v.Check("us-west-1a"), "")
	multi, _, err := c.DescribeVolume(ctx, "vol-0bbbbbbbbbbbbbbbb")
	c.wantCode(err, "")
	c.wantCode(multi.Check("us-west-1a"), aws.MultiAttach)

	_, _, err = c.DetachVolume(ctx, aws.DetachRequest{VolumeID: volumeID, InstanceID: be2, Force: true})
	c.wantCode(err, aws.AlreadyDone)
	_, _, err = c.DetachVolume(ctx, aws.DetachRequest{VolumeID: volumeID, InstanceID: be1})
	c.wantCode(err, "")
	_, _, err = c.DetachVolume(ctx, aws.DetachRequest{VolumeID: volumeID, InstanceID: be1})
	c.wantCode(err, aws.AlreadyDone)

	address := netip.MustParseAddr(vip)
	_, err = c.AssignPrivateIP(ctx, aws.AssignRequest{InterfaceID: "eni-97", Address: address})
	c.wantCode(err, "")
	_, err = c.AssignPrivateIP(ctx, aws.AssignRequest{InterfaceID: "eni-98", Address: address})
	c.wantCode(err, aws.AddressTaken)
	_, err = c.AssignPrivateIP(ctx, aws.AssignRequest{InterfaceID: "eni-98", Address: address, AllowReassignment: true})
	c.wantCode(err, "")
	in, _, err := c.DescribeInstanceAt(ctx, "subnet-56f5f633", address)
	c.wantCode(err, "")
	if n, ok := in.Interface("02:00:00:00:00:98"); in.ID != be2 || !ok || len(n.Addresses) != 2 {
		t.Errorf("the address is at %+v", in)
	}
	c.state("be2", fakeec2.Terminated)
	_, _, err = c.DescribeInstanceAt(ctx, "subnet-56f5f633", address)
	c.wantCode(err, aws.NotFound)
	in, _, err = c.DescribeInstance(ctx, be2)
	c.wantCode(err, "")
	if !in.Off() || len(in.Interfaces) != 0 {
		t.Errorf("a terminated instance is %+v", in)
	}
}

func TestAgentsSelfTest(t *testing.T) {
	ctx := context.Background()
	target := aws.Target{VolumeID: volumeID, InstanceID: be1, Device: "/dev/sdf", InterfaceID: "eni-97", Primary: netip.MustParseAddr("172.31.24.97")}
	for _, action := range aws.Actions() {
		c := newCaller(t, config())
		before := c.Status()
		c.wantCode(c.DryRun(ctx, action, target), "")
		if err := c.Inject(fakeec2.Fault{Name: fakeec2.FaultDenied, Action: string(action)}); err != nil {
			t.Fatal(err)
		}
		c.wantCode(c.DryRun(ctx, action, target), aws.Unauthorized)
		c.Heal("", "")
		wantSame(t, before, c.Status())
	}
}

// The client signs by the fake's clock once it has seen it.
func TestAgentsWrongClock(t *testing.T) {
	for _, skew := range []time.Duration{-time.Hour, 24 * time.Hour} {
		c := newCaller(t, config())
		c.skew = skew
		_, _, err := c.DescribeVolume(context.Background(), volumeID)
		c.wantCode(err, "")
	}
}

// The agent's metadata client gets on with the fake's, and its role's
// credentials are good.
func TestAgentsMetadata(t *testing.T) {
	ctx := context.Background()
	a, first, _ := metadata(t)
	m := aws.NewMetadata(first.url)
	defer m.Close()
	// It comes from 127.0.0.1, which is be1's.
	id, err := m.Identity(ctx)
	if err != nil || id.InstanceID != be1 || id.Region != "us-west-1" || id.Zone != "us-west-1a" {
		t.Fatalf("identity %+v, %v", id, err)
	}
	link, err := m.Link(ctx, []byte{2, 0, 0, 0, 0, 0x97})
	if err != nil || link.InterfaceID != "eni-97" || link.Subnet != netip.MustParsePrefix("127.0.0.0/16") || len(link.Addresses) != 1 {
		t.Errorf("link %+v, %v", link, err)
	}
	client, err := aws.New(ctx, aws.Config{Endpoint: a.http.URL, Metadata: m, Now: a.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if v, _, err := client.DescribeVolume(ctx, volumeID); err != nil || v.ID != volumeID {
		t.Errorf("with the role's credentials: %+v, %v", v, err)
	}
}
