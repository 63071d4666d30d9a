package aws_test

import (
	"net/http"
	"slices"
	"testing"

	"tournant/internal/aws"
)

// TestFiveActions sends all that there is to send, and finds no sixth action.
func TestFiveActions(t *testing.T) {
	s := serve(t, fail(412, "DryRunOperation", ""))
	c := s.client(t)
	for _, do := range eachAction {
		_ = do(t, c)
	}
	_, _, _ = c.DescribeInstanceAt(t.Context(), "subnet-56f5f633", vip)
	for _, action := range aws.Actions() {
		_ = c.DryRun(t.Context(), action, target)
	}
	got := map[string]bool{}
	for _, form := range s.received() {
		got[form.Get("Action")] = true
		if len(form["Action"]) != 1 {
			t.Errorf("sent the actions %q in one request", form["Action"])
		}
	}
	// The policy that the operator was asked for.
	policy := []string{"DescribeInstances", "DescribeVolumes", "AttachVolume", "DetachVolume", "AssignPrivateIpAddresses"}
	for action := range got {
		if !slices.Contains(policy, action) {
			t.Errorf("sent %s, which the policy does not allow", action)
		}
	}
	if len(got) != len(policy) {
		t.Errorf("sent %v, want each of %v", got, policy)
	}
}

func TestSixthAction(t *testing.T) {
	s := serve(t, nil)
	c := s.client(t)
	for _, action := range []aws.Action{"StopInstances", "UnassignPrivateIpAddresses", "DescribeNetworkInterfaces", "attachvolume", "AttachVolume\n", ""} {
		if err := c.Send(t.Context(), action); aws.CodeOf(err) != aws.BadRequest {
			t.Errorf("%q: got %v, want %q", action, err, aws.BadRequest)
		}
		if err := c.DryRun(t.Context(), action, target); aws.CodeOf(err) != aws.BadRequest {
			t.Errorf("%q as a dry run: got %v, want %q", action, err, aws.BadRequest)
		}
	}
	if got := s.received(); len(got) != 0 {
		t.Errorf("sent %v", got)
	}
}

// TestDetachFromNobody sends no request that would hit whoever has the volume.
func TestDetachFromNobody(t *testing.T) {
	s := serve(t, nil)
	if _, _, err := s.client(t).DetachVolume(t.Context(), aws.DetachRequest{VolumeID: volume}); aws.CodeOf(err) != aws.BadRequest {
		t.Errorf("got %v, want %q", err, aws.BadRequest)
	}
	if got := s.received(); len(got) != 0 {
		t.Errorf("sent %v", got)
	}
}

func TestDryRun(t *testing.T) {
	for name, tt := range map[string]struct {
		handle http.HandlerFunc
		dryRun aws.Code // of the four that have one
		assign aws.Code
	}{
		"allowed":             {fail(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set."), "", aws.Allowed},
		"not allowed":         {fail(403, "UnauthorizedOperation", "You are not authorized to perform this operation."), aws.Unauthorized, aws.Unauthorized},
		"revoked":             {fail(401, "AuthFailure", ""), aws.Auth, aws.Auth},
		"throttled":           {fail(503, "RequestLimitExceeded", ""), aws.Throttled, aws.Throttled},
		"its own address":     {fail(400, "InvalidParameterValue", "10.2.2.2 is already assigned as a primary address"), aws.BadRequest, ""},
		"an address too many": {fail(400, "PrivateIpAddressLimitExceeded", ""), aws.AddressLimit, ""},
		"no such interface":   {fail(400, "InvalidNetworkInterfaceID.NotFound", ""), aws.NotFound, aws.NotFound},
		"done":                {nil, aws.BadAnswer, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, tt.handle)
			c := s.client(t)
			for _, action := range aws.Actions() {
				want := tt.dryRun
				if action == aws.AssignPrivateIPAddresses {
					want = tt.assign
				}
				if err := c.DryRun(t.Context(), action, target); aws.CodeOf(err) != want && (action != aws.DetachVolume || aws.CodeOf(err) != aws.AlreadyDone) {
					t.Errorf("%s: got %v, want %q", action, err, want)
				}
			}
			for _, form := range s.received() {
				if form.Get("Action") == "AssignPrivateIpAddresses" {
					// It has no dry run, so it must be harmless.
					if form.Get("PrivateIpAddress.1") != target.Primary.String() || form.Get("AllowReassignment") != "false" || form.Has("DryRun") {
						t.Errorf("sent %v", form)
					}
				} else if form.Get("DryRun") != "true" {
					t.Errorf("sent %v without DryRun", form)
				}
			}
		})
	}
}
