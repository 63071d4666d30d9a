package aws_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"tournant/internal/aws"
)

var byValue = cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{})

var attachTime = time.Date(2026, 11, 26, 7, 0, 0, 0, time.UTC)

// TestDocumented does each action against AWS's example of its answer, and
// compares what is sent with AWS's example of the request.
func TestDocumented(t *testing.T) {
	answer := aws.Answer{Date: answers, RequestID: "59dbff89-35bd-4eac-99ed-be587EXAMPLE"}
	attachment := aws.Attachment{VolumeID: volume, InstanceID: instance, Device: "/dev/sdh", State: aws.Attached, AttachTime: attachTime}
	attaching, detaching := attachment, attachment
	attaching.State, detaching.State = aws.Attaching, aws.Detaching
	address := netip.MustParseAddr("192.168.1.88")
	described := aws.Instance{
		ID: instance, State: aws.Running, Zone: "eu-west-1c",
		Interfaces: []aws.Interface{{
			ID: "eni-551ba033", Subnet: "subnet-56f5f633", MAC: "02:dd:2c:5e:01:69",
			Primary: address, Addresses: []netip.Addr{address},
		}},
	}
	for name, tt := range map[string]struct {
		do     func(c *aws.Client) (any, aws.Answer, error)
		sent   url.Values
		want   any
		answer aws.Answer
	}{
		"AttachVolume": {
			func(c *aws.Client) (any, aws.Answer, error) { return results(c.AttachVolume(t.Context(), attach)) },
			url.Values{"Action": {"AttachVolume"}, "VolumeId": {volume}, "InstanceId": {instance}, "Device": {"/dev/sdh"}},
			attaching, answer,
		},
		"DetachVolume": {
			func(c *aws.Client) (any, aws.Answer, error) { return results(c.DetachVolume(t.Context(), detach)) },
			url.Values{"Action": {"DetachVolume"}, "VolumeId": {volume}, "InstanceId": {instance}},
			detaching, answer,
		},
		"DetachVolume by force": {
			func(c *aws.Client) (any, aws.Answer, error) {
				forced := detach
				forced.Force = true
				return results(c.DetachVolume(t.Context(), forced))
			},
			url.Values{"Action": {"DetachVolume"}, "VolumeId": {volume}, "InstanceId": {instance}, "Force": {"true"}},
			detaching, answer,
		},
		"DescribeVolumes": {
			func(c *aws.Client) (any, aws.Answer, error) { return results(c.DescribeVolume(t.Context(), volume)) },
			url.Values{"Action": {"DescribeVolumes"}, "VolumeId.1": {volume}},
			aws.Volume{ID: volume, State: aws.VolumeInUse, Zone: "us-east-1a", Size: 80, Attachments: []aws.Attachment{attachment}},
			answer,
		},
		"DescribeInstances": {
			func(c *aws.Client) (any, aws.Answer, error) {
				return results(c.DescribeInstance(t.Context(), instance))
			},
			url.Values{"Action": {"DescribeInstances"}, "InstanceId.1": {instance}},
			described, aws.Answer{Date: answers, RequestID: "8f7724cf-496f-496e-8fe3-example"},
		},
		"DescribeInstances by address": {
			func(c *aws.Client) (any, aws.Answer, error) {
				return results(c.DescribeInstanceAt(t.Context(), "subnet-56f5f633", address))
			},
			url.Values{
				"Action": {"DescribeInstances"}, "Filter.1.Name": {"network-interface.addresses.private-ip-address"}, "Filter.1.Value.1": {"192.168.1.88"},
			},
			described, aws.Answer{Date: answers, RequestID: "8f7724cf-496f-496e-8fe3-example"},
		},
		"AssignPrivateIpAddresses": {
			func(c *aws.Client) (any, aws.Answer, error) {
				a, err := c.AssignPrivateIP(t.Context(), assign)
				return nil, a, err
			},
			url.Values{
				"Action": {"AssignPrivateIpAddresses"}, "NetworkInterfaceId": {eni},
				"PrivateIpAddress.1": {"10.2.2.1"}, "AllowReassignment": {"true"},
			},
			nil, aws.Answer{Date: answers, RequestID: "3fb591ba-558c-48f8-ae6b-c2f9d6d06425"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, nil)
			got, gotAnswer, err := tt.do(s.client(t))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(got, tt.want, byValue); diff != "" {
				t.Errorf("got-, want+:\n%s", diff)
			}
			if gotAnswer != tt.answer {
				t.Errorf("got the answer %+v, want %+v", gotAnswer, tt.answer)
			}
			tt.sent.Set("Version", "2016-11-15")
			if diff := cmp.Diff(s.received(), []url.Values{tt.sent}); diff != "" {
				t.Errorf("sent; got-, want+:\n%s", diff)
			}
		})
	}
}

func results[T any](v T, a aws.Answer, err error) (any, aws.Answer, error) { return v, a, err }

// TestDocumentedError reads AWS's example of a refusal.
func TestDocumentedError(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(documented(t, "error"))
	})
	_, _, err := s.client(t).DescribeInstance(t.Context(), instance)
	want := &aws.Error{
		Op: "DescribeInstances", Code: aws.NotFound, AWSCode: "InvalidInstanceID.NotFound", Status: 400, Date: answers,
		Message: "The instance ID 'i-1a2b3c4d' does not exist", RequestID: "ea966190-f9aa-478e-9ede-example",
	}
	if diff := cmp.Diff(err, error(want)); diff != "" {
		t.Errorf("got-, want+:\n%s", diff)
	}
	const text = "DescribeInstances: not found (InvalidInstanceID.NotFound): The instance ID 'i-1a2b3c4d' does not exist [request ea966190-f9aa-478e-9ede-example]"
	if err.Error() != text {
		t.Errorf("got  %s\nwant %s", err, text)
	}
}

// TestAnswersOfSomethingElse refuses good answers to other questions: what is
// believed of AttachVolume decides who is primary.
func TestAnswersOfSomethingElse(t *testing.T) {
	other := attach
	other.InstanceID = "i-0fedcba0987654321"
	for name, do := range map[string]func(c *aws.Client) error{
		"attachment of another instance": func(c *aws.Client) error { _, _, err := c.AttachVolume(t.Context(), other); return err },
		"attachment of another volume": func(c *aws.Client) error {
			_, _, err := c.AttachVolume(t.Context(), aws.AttachRequest{VolumeID: "vol-0", InstanceID: instance, Device: "/dev/sdh"})
			return err
		},
		"detachment from another instance": func(c *aws.Client) error {
			_, _, err := c.DetachVolume(t.Context(), aws.DetachRequest{VolumeID: volume, InstanceID: other.InstanceID})
			return err
		},
		"another volume":   func(c *aws.Client) error { _, _, err := c.DescribeVolume(t.Context(), "vol-0"); return err },
		"another instance": func(c *aws.Client) error { _, _, err := c.DescribeInstance(t.Context(), other.InstanceID); return err },
		"another interface": func(c *aws.Client) error {
			_, err := c.AssignPrivateIP(t.Context(), aws.AssignRequest{InterfaceID: "eni-0", Address: vip})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := aws.CodeOf(do(serve(t, nil).client(t))); got != aws.BadAnswer {
				t.Errorf("got %q, want %q", got, aws.BadAnswer)
			}
		})
	}
}

// TestAnswerToAnotherAction refuses an answer by its name alone: all else in
// it fits.
func TestAnswerToAnotherAction(t *testing.T) {
	c := serve(t, respond(t, "AttachVolume")).client(t)
	if _, _, err := c.DetachVolume(t.Context(), detach); aws.CodeOf(err) != aws.BadAnswer {
		t.Errorf("got %v, want %q", err, aws.BadAnswer)
	}
}
