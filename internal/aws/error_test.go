package aws_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"tournant/internal/aws"
)

// refusals are the codes that EC2 gives to the five actions, and what each
// means for us.
var refusals = []struct {
	action    string
	status    int
	code      string
	message   string
	want      aws.Code
	uncertain bool
}{
	{action: "AttachVolume", status: 400, code: "VolumeInUse", message: volume + " is already attached to an instance", want: aws.InUse},
	{action: "AttachVolume", status: 400, code: "IncorrectState", message: "Volume '" + volume + "' is not 'available'.", want: aws.InUse},
	{action: "AttachVolume", status: 400, code: "InvalidVolume.NotFound", want: aws.NotFound},
	{action: "AttachVolume", status: 400, code: "InvalidInstanceID.NotFound", want: aws.NotFound},
	{action: "AttachVolume", status: 400, code: "InvalidVolume.ZoneMismatch", want: aws.ZoneMismatch},
	{action: "AttachVolume", status: 400, code: "InvalidVolumeID.ZoneMismatch", want: aws.ZoneMismatch},
	{action: "AttachVolume", status: 400, code: "InvalidParameterValue", message: "Invalid value '/dev/xvdf' for unixDevice. Attachment point /dev/xvdf is already in use", want: aws.NameTaken},
	{action: "AttachVolume", status: 400, code: "InvalidParameterValue", message: "Value (/dev/1) for parameter device is invalid.", want: aws.BadRequest},
	{action: "AttachVolume", status: 400, code: "AttachmentLimitExceeded", want: aws.AttachmentLimit},
	{action: "AttachVolume", status: 400, code: "IncorrectInstanceState", want: aws.WrongState},
	{action: "AttachVolume", status: 400, code: "InvalidVolumeID.Malformed", want: aws.BadRequest},
	{action: "AttachVolume", status: 400, code: "UnsupportedOperation", want: aws.BadRequest},
	{action: "DetachVolume", status: 400, code: "IncorrectState", message: "Volume '" + volume + "' is in the 'available' state.", want: aws.AlreadyDone},
	{action: "DetachVolume", status: 400, code: "InvalidAttachment.NotFound", want: aws.AlreadyDone},
	{action: "DetachVolume", status: 400, code: "InvalidInstanceID.NotFound", want: aws.AlreadyDone},
	{action: "DetachVolume", status: 400, code: "InvalidVolume.NotFound", want: aws.NotFound},
	{action: "DetachVolume", status: 400, code: "InvalidParameterValue", message: "already in use", want: aws.BadRequest},
	{action: "DescribeVolumes", status: 400, code: "InvalidVolume.NotFound", want: aws.NotFound},
	{action: "DescribeVolumes", status: 400, code: "IncorrectState", want: aws.WrongState},
	{action: "DescribeInstances", status: 400, code: "InvalidInstanceID.NotFound", want: aws.NotFound},
	{action: "DescribeInstances", status: 400, code: "InvalidInstanceID.Malformed", want: aws.BadRequest},
	{action: "AssignPrivateIpAddresses", status: 400, code: "InvalidNetworkInterfaceID.NotFound", want: aws.NotFound},
	{action: "AssignPrivateIpAddresses", status: 400, code: "InvalidNetworkInterfaceId.NotFound", want: aws.NotFound},
	{action: "AssignPrivateIpAddresses", status: 400, code: "PrivateIpAddressLimitExceeded", want: aws.AddressLimit},
	{action: "AssignPrivateIpAddresses", status: 400, code: "Resource.AlreadyAssigned", want: aws.AddressTaken},
	{action: "AssignPrivateIpAddresses", status: 400, code: "InvalidIPAddress.InUse", want: aws.AddressTaken},
	{action: "AssignPrivateIpAddresses", status: 400, code: "InvalidParameterValue", message: "Address 10.2.2.1 is already assigned", want: aws.AddressTaken},
	{action: "AssignPrivateIpAddresses", status: 400, code: "InvalidParameterValue", message: "[10.2.2.1] assigned, but move is not allowed.", want: aws.AddressTaken},
	{action: "AssignPrivateIpAddresses", status: 400, code: "InvalidParameterValue", message: "Address 10.2.2.1 is the primary address of interface eni-1 and cannot be moved", want: aws.AddressTaken},
	{action: "AssignPrivateIpAddresses", status: 400, code: "InvalidParameterValue", message: "Address does not fall within the subnet's address range", want: aws.BadRequest},

	{action: "AttachVolume", status: 412, code: "DryRunOperation", want: aws.Allowed},
	{action: "AttachVolume", status: 403, code: "UnauthorizedOperation", want: aws.Unauthorized},
	{action: "AttachVolume", status: 401, code: "AuthFailure", want: aws.Auth},
	{action: "AttachVolume", status: 403, code: "InvalidClientTokenId", want: aws.Auth},
	{action: "AttachVolume", status: 403, code: "SignatureDoesNotMatch", want: aws.Auth},
	{action: "AttachVolume", status: 400, code: "ExpiredToken", want: aws.Expired},
	{action: "AttachVolume", status: 400, code: "RequestExpired", want: aws.Expired},
	{action: "AttachVolume", status: 403, code: "OptInRequired", want: aws.Auth},

	{action: "AttachVolume", status: 503, code: "RequestLimitExceeded", want: aws.Throttled},
	{action: "AttachVolume", status: 400, code: "Throttling", want: aws.Throttled},
	{action: "AttachVolume", status: 503, code: "Client.RequestLimitExceeded", want: aws.Throttled},
	{action: "AttachVolume", status: 500, code: "InternalError", want: aws.ServerTrouble, uncertain: true},
	{action: "AttachVolume", status: 503, code: "Unavailable", want: aws.ServerTrouble, uncertain: true},
	{action: "AttachVolume", status: 503, code: "ServiceUnavailable", want: aws.ServerTrouble, uncertain: true},
	{action: "AttachVolume", status: 500, code: "SomethingNew", want: aws.ServerTrouble, uncertain: true},
	{action: "AttachVolume", status: 400, code: "SomethingNew", want: aws.Other},
}

func TestRefusals(t *testing.T) {
	for _, tt := range refusals {
		t.Run(tt.action+" "+tt.code, func(t *testing.T) {
			s := serve(t, fail(tt.status, tt.code, tt.message))
			err := eachAction[tt.action](t, s.client(t))
			var e *aws.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, not an Error", err)
			}
			if e.Code != tt.want || e.Uncertain != tt.uncertain {
				t.Errorf("got %q, uncertain %t, want %q, %t", e.Code, e.Uncertain, tt.want, tt.uncertain)
			}
			if e.AWSCode != tt.code || e.Message != tt.message || e.RequestID != "ea966190-f9aa-478e-9ede-example" || e.Status != tt.status {
				t.Errorf("AWS's own words are lost: %#v", e)
			}
			if n := len(s.received()); n != 1 {
				t.Errorf("sent %d times, want once", n)
			}
		})
	}
}

// TestAdvice wants a sentence wherever an operator can do something.
func TestAdvice(t *testing.T) {
	silent := map[aws.Code]bool{
		aws.InUse: true, aws.AlreadyDone: true, aws.Allowed: true, aws.BadAnswer: true, aws.Other: true,
	}
	seen := map[string]aws.Code{}
	for _, code := range []aws.Code{
		aws.InUse, aws.AlreadyDone, aws.NotFound, aws.ZoneMismatch, aws.MultiAttach, aws.NameTaken, aws.AttachmentLimit, aws.AddressLimit,
		aws.AddressTaken, aws.WrongState, aws.Allowed, aws.Unauthorized, aws.Auth, aws.Expired, aws.NoCredentials, aws.SkewedClock,
		aws.Throttled, aws.ServerTrouble, aws.Unreachable, aws.BadAnswer, aws.BadRequest, aws.Other,
	} {
		got := (&aws.Error{Op: "AttachVolume", Code: code}).Advice()
		if (got == "") != silent[code] {
			t.Errorf("%s: got %q", code, got)
		}
		if other, ok := seen[got]; ok && got != "" {
			t.Errorf("%s and %s have the same: %q", code, other, got)
		}
		seen[got] = code
	}
	if got := (&aws.Error{Op: "AttachVolume", Code: aws.Unauthorized}).Advice(); !strings.Contains(got, "ec2:AttachVolume") {
		t.Errorf("got %q, which does not name the permission", got)
	}
	if got := (&aws.Error{Op: "instance metadata instance-id", Code: aws.Unauthorized}).Advice(); !strings.Contains(got, "metadata") {
		t.Errorf("got %q for the metadata", got)
	}
}

// uncertain tells whether the deed may have been done in spite of err.
func uncertain(err error) bool {
	var e *aws.Error
	return errors.As(err, &e) && e.Uncertain
}

func TestCodeOf(t *testing.T) {
	wrapped := fmt.Errorf("take over: %w", &aws.Error{Op: "AttachVolume", Code: aws.ServerTrouble, Uncertain: true, Err: io.ErrUnexpectedEOF})
	if got := aws.CodeOf(wrapped); got != aws.ServerTrouble {
		t.Errorf("got %q, want %q", got, aws.ServerTrouble)
	}
	if !uncertain(wrapped) || !errors.Is(wrapped, io.ErrUnexpectedEOF) {
		t.Error("what is wrapped is not found")
	}
	if got := aws.CodeOf(io.EOF); got != aws.Other {
		t.Errorf("got %q of an error of another kind", got)
	}
	if got := aws.CodeOf(nil); got != "" {
		t.Errorf("got %q of no error", got)
	}
}

// TestOneLine keeps AWS's texts, and what pretends to be one, fit for a log.
func TestOneLine(t *testing.T) {
	long := serve(t, fail(400, "InvalidParameterValue", strings.Repeat("ä", 2000)))
	err := eachAction["AttachVolume"](t, long.client(t))
	if got := err.Error(); len(got) > 800 || !strings.Contains(got, "ä…") {
		t.Errorf("got %d bytes: %s", len(got), got)
	}
	encoded := serve(t, fail(403, "UnauthorizedOperation", "You are not\nauthorized.\u202e Encoded authorization failure message: "+strings.Repeat("x", 2000)))
	err = eachAction["AttachVolume"](t, encoded.client(t))
	const want = "AttachVolume: unauthorized (UnauthorizedOperation): You are not authorized. [request ea966190-f9aa-478e-9ede-example]"
	if err.Error() != want {
		t.Errorf("got  %s\nwant %s", err, want)
	}
}
