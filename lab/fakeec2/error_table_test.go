package fakeec2_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"tournant/lab/fakeec2"
)

const (
	be1 = "i-0be10000000000001"
	be2 = "i-0be20000000000002"
	fe1 = "i-0fe10000000000003"
)

func attach(instance string) []string {
	return []string{"VolumeId", volumeID, "InstanceId", instance, "Device", "/dev/xvdf"}
}

func attached(a *account) { a.must("AttachVolume", attach(be1)...) }

func assigned(a *account) {
	a.must("AssignPrivateIpAddresses", "NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", vip)
}

// errorTable is what EC2 refuses, with what code, status and, where the agent or
// a reader of its log meets it, in which words. Sources are in DESIGN.md.
var errorTable = []struct {
	name    string
	before  func(*account)
	action  string
	params  []string
	status  int
	code    string
	message string
}{
	// Attaching is the lock: it never moves a volume.
	{"attached to another", attached, "AttachVolume", attach(be2), 400, "VolumeInUse", volumeID + " is already attached to an instance"},
	{"attached to itself", attached, "AttachVolume", attach(be1), 400, "VolumeInUse", ""},
	{"attaching to another", func(a *account) { a.inject("attach-stuck", "be1"); attached(a) }, "AttachVolume", attach(be2), 400, "VolumeInUse", ""},
	{"detaching from another", func(a *account) {
		attached(a)
		a.inject("detach-stuck", "be1")
		a.must("DetachVolume", "VolumeId", volumeID)
	}, "AttachVolume", attach(be2), 400, "VolumeInUse", ""},
	{"impaired volume", func(a *account) { a.Impair(volumeID, true) }, "AttachVolume", attach(be1), 400, "IncorrectState", volumeID + " is not 'available'."},
	{"terminated instance", func(a *account) { a.state("be1", fakeec2.Terminated) }, "AttachVolume", attach(be1), 400, "IncorrectState", "Instance '" + be1 + "' is not 'running'."},
	{"other zone", nil, "AttachVolume", attach(fe1), 400, "InvalidVolume.ZoneMismatch", "The volume '" + volumeID + "' is not in the same availability zone as instance '" + fe1 + "'"},
	{"unknown volume", nil, "AttachVolume", []string{"VolumeId", "vol-0", "InstanceId", be1, "Device", "/dev/xvdf"}, 400, "InvalidVolume.NotFound", "The volume 'vol-0' does not exist."},
	{"unknown instance", nil, "AttachVolume", attach("i-0"), 400, "InvalidInstanceID.NotFound", "The instance ID 'i-0' does not exist"},
	{"device in use", attached, "AttachVolume", []string{"VolumeId", "vol-0aaaaaaaaaaaaaaaa", "InstanceId", be1, "Device", "/dev/xvdf"}, 400, "InvalidParameterValue", "Invalid value '/dev/xvdf' for unixDevice. Attachment point /dev/xvdf is already in use"},
	{"root device", nil, "AttachVolume", []string{"VolumeId", volumeID, "InstanceId", be1, "Device", "/dev/xvda"}, 400, "InvalidParameterValue", "Invalid value '/dev/xvda' for unixDevice. Attachment point /dev/xvda is already in use"},
	{"too many volumes", attached, "AttachVolume", []string{"VolumeId", "vol-0aaaaaaaaaaaaaaaa", "InstanceId", be1, "Device", "/dev/xvdg"}, 400, "AttachmentLimitExceeded", ""},
	{"no device", nil, "AttachVolume", []string{"VolumeId", volumeID, "InstanceId", be1}, 400, "MissingParameter", "The request must contain the parameter device"},
	{"not a volume", nil, "AttachVolume", []string{"VolumeId", "eni-97", "InstanceId", be1, "Device", "/dev/xvdf"}, 400, "InvalidVolumeID.Malformed", ""},
	{"not an instance", nil, "AttachVolume", attach("be1"), 400, "InvalidInstanceID.Malformed", ""},

	// Detaching.
	{"detach an available volume", nil, "DetachVolume", []string{"VolumeId", volumeID, "InstanceId", be1}, 400, "IncorrectState", "Volume '" + volumeID + "'is in the 'available' state."},
	{"detach from a former holder", attached, "DetachVolume", []string{"VolumeId", volumeID, "InstanceId", be2}, 400, "InvalidAttachment.NotFound", ""},
	{"detach another device", attached, "DetachVolume", []string{"VolumeId", volumeID, "Device", "/dev/xvdg"}, 400, "InvalidAttachment.NotFound", ""},
	{"force from a former holder", attached, "DetachVolume", []string{"VolumeId", volumeID, "InstanceId", be2, "Force", "true"}, 400, "InvalidAttachment.NotFound", ""},
	{"detach an unknown volume", nil, "DetachVolume", []string{"VolumeId", "vol-0"}, 400, "InvalidVolume.NotFound", ""},
	{"detach from an unknown instance", attached, "DetachVolume", []string{"VolumeId", volumeID, "InstanceId", "i-0"}, 400, "InvalidInstanceID.NotFound", ""},
	{"detach nothing", nil, "DetachVolume", nil, 400, "MissingParameter", "The request must contain the parameter volumeId"},
	{"force is not a boolean", attached, "DetachVolume", []string{"VolumeId", volumeID, "Force", "yes"}, 400, "InvalidParameterValue", ""},

	// The address.
	{"assigned elsewhere", assigned, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-98", "PrivateIpAddress.1", vip}, 400, "InvalidParameterValue", "Some of [" + vip + "] are assigned, but move is not allowed."},
	{"assigned elsewhere, AllowReassignment false", assigned, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-98", "PrivateIpAddress.1", vip, "AllowReassignment", "false"}, 400, "InvalidParameterValue", ""},
	{"another's primary address", nil, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-98", "PrivateIpAddress.1", "172.31.24.97", "AllowReassignment", "true"}, 400, "InvalidParameterValue", ""},
	{"out of the subnet", nil, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", "172.31.32.5"}, 400, "InvalidParameterValue", "Address 172.31.32.5 does not fall within the subnet's address range"},
	{"reserved, low", nil, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", "172.31.16.3"}, 400, "InvalidParameterValue", "Address 172.31.16.3 is in subnet's reserved address range"},
	{"reserved, high", nil, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", "172.31.31.255"}, 400, "InvalidParameterValue", ""},
	{"not an address", nil, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", "vip"}, 400, "InvalidParameterValue", "invalid value for parameter address: vip"},
	{"unknown interface", nil, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-0", "PrivateIpAddress.1", vip}, 400, "InvalidNetworkInterfaceID.NotFound", "The networkInterface ID 'eni-0' does not exist"},
	{"too many addresses", assigned, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", "172.31.24.181"}, 400, "PrivateIpAddressLimitExceeded", "Number of private addresses will exceed limit."},
	{"too many to choose", nil, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-97", "SecondaryPrivateIpAddressCount", "2"}, 400, "PrivateIpAddressLimitExceeded", ""},
	{"addresses and a number", nil, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", vip, "SecondaryPrivateIpAddressCount", "1"}, 400, "InvalidParameterCombination", ""},
	{"no interface", nil, "AssignPrivateIpAddresses", []string{"PrivateIpAddress.1", vip}, 400, "MissingParameter", ""},

	// Describing.
	{"describe an unknown volume", nil, "DescribeVolumes", []string{"VolumeId.1", volumeID, "VolumeId.2", "vol-0"}, 400, "InvalidVolume.NotFound", ""},
	{"describe an unknown instance", nil, "DescribeInstances", []string{"InstanceId.1", "i-0"}, 400, "InvalidInstanceID.NotFound", ""},
	{"describe a malformed instance", nil, "DescribeInstances", []string{"InstanceId.1", "vol-0"}, 400, "InvalidInstanceID.Malformed", ""},
	{"unknown filter", nil, "DescribeVolumes", []string{"Filter.1.Name", "colour", "Filter.1.Value.1", "red"}, 400, "InvalidParameterValue", "The filter 'colour' is invalid"},
	{"unknown parameter", nil, "DescribeVolumes", []string{"VolumeID.1", volumeID}, 400, "UnknownParameter", "The parameter VolumeID.1 is not recognized"},

	// A trial is refused like the deed, else with its own code, and does nothing.
	{"DryRun DescribeInstances", nil, "DescribeInstances", []string{"DryRun", "true"}, 412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set."},
	{"DryRun DescribeVolumes", nil, "DescribeVolumes", []string{"DryRun", "true"}, 412, "DryRunOperation", ""},
	{"DryRun AttachVolume", nil, "AttachVolume", append(attach(be1), "DryRun", "true"), 412, "DryRunOperation", ""},
	{"DryRun DetachVolume", attached, "DetachVolume", []string{"VolumeId", volumeID, "Force", "true", "DryRun", "true"}, 412, "DryRunOperation", ""},
	{"DryRun AssignPrivateIpAddresses, which has none", nil, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", vip, "DryRun", "true"}, 400, "UnknownParameter", ""},
	{"its own primary address", nil, "AssignPrivateIpAddresses", []string{"NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", "172.31.24.97"}, 400, "InvalidParameterValue", ""},
	{"DryRun without permission", func(a *account) { a.key, a.secret = "AKIDREADER", "reader" }, "AttachVolume", append(attach(be1), "DryRun", "true"), 403, "UnauthorizedOperation", ""},

	// Who may do what.
	{"a sixth action", nil, "DetachNetworkInterface", nil, 403, "UnauthorizedOperation", "You are not authorized to perform this operation."},
	{"an action beyond the policy", func(a *account) { a.key, a.secret = "AKIDREADER", "reader" }, "AttachVolume", attach(be1), 403, "UnauthorizedOperation", ""},
	{"permission taken away", func(a *account) { a.inject("ec2-denied", "") }, "AttachVolume", attach(be1), 403, "UnauthorizedOperation", ""},
	{"unknown key", func(a *account) { a.key = "AKIDUNKNOWN" }, "DescribeVolumes", nil, 401, "AuthFailure", "AWS was not able to validate the provided access credentials"},
	{"wrong secret", func(a *account) { a.secret = "wrong" }, "DescribeVolumes", nil, 401, "AuthFailure", ""},
	{"a token that is not the key's", func(a *account) { a.token = "token" }, "DescribeVolumes", nil, 401, "AuthFailure", ""},
	{"another region", func(a *account) { a.region = "us-east-1" }, "DescribeVolumes", nil, 401, "AuthFailure", ""},
	{"revoked key", func(a *account) {
		if err := a.Inject(fakeec2.Fault{Name: fakeec2.FaultRevoked, Action: keyID}); err != nil {
			a.t.Fatal(err)
		}
	}, "DescribeVolumes", nil, 401, "AuthFailure", ""},
	{"signed 16 minutes ago", func(a *account) { a.skew = -16 * time.Minute }, "DescribeVolumes", nil, 400, "RequestExpired", "Request has expired."},
	{"signed in 16 minutes", func(a *account) { a.skew = 16 * time.Minute }, "DescribeVolumes", nil, 400, "RequestExpired", ""},

	// Trouble.
	{"throttled", func(a *account) {
		for range 3 {
			a.must("DescribeVolumes")
		}
	}, "DescribeVolumes", nil, 503, "RequestLimitExceeded", "Request limit exceeded."},
	{"throttled by another", func(a *account) { a.inject("ec2-throttle", "") }, "AttachVolume", attach(be1), 503, "RequestLimitExceeded", ""},
	{"internal error", func(a *account) { a.fail("InternalError") }, "AttachVolume", attach(be1), 500, "InternalError", "An internal error has occurred"},
	{"unavailable", func(a *account) { a.fail("Unavailable") }, "AttachVolume", attach(be1), 503, "Unavailable", ""},
	{"expired token", func(a *account) { a.fail("ExpiredToken") }, "AttachVolume", attach(be1), 400, "ExpiredToken", "The security token included in the request is expired"},
	{"expired request", func(a *account) { a.fail("RequestExpired") }, "AttachVolume", attach(be1), 400, "RequestExpired", ""},
	{"down", func(a *account) { a.down("error") }, "DescribeVolumes", nil, 503, "Unavailable", ""},
}

func TestErrorTable(t *testing.T) {
	for _, row := range errorTable {
		t.Run(row.name, func(t *testing.T) {
			c := config()
			c.Limits = fakeec2.Limits{Volumes: 2, Addresses: 2, Describe: fakeec2.Bucket{Burst: 3, Rate: 0.1}}
			if row.code == "InvalidParameterValue" {
				c.Limits.Volumes = 3
			}
			a := newAccount(t, c)
			if row.before != nil {
				row.before(a)
			}
			before := a.Status()
			got := a.call(row.action, row.params...)
			if got.err != nil {
				t.Fatal(got.err)
			}
			code, message := got.code()
			if got.status != row.status || code != row.code || row.message != "" && message != row.message {
				t.Errorf("got %d %s %q, want %d %s %q", got.status, code, message, row.status, row.code, row.message)
			}
			wantSame(t, before, a.Status())
		})
	}
}

// What the signature covers cannot be changed, and what has to be covered
// cannot be left out.
func TestTamperedRequests(t *testing.T) {
	form := url.Values{"Action": {"DescribeVolumes"}, "Version": {"2016-11-15"}}
	for _, row := range []struct {
		name   string
		tamper func(*http.Request)
		status int
		code   string
	}{
		{"not at all", func(*http.Request) {}, 200, ""},
		{"no signature", func(r *http.Request) { r.Header.Del("Authorization") }, 403, "MissingAuthenticationToken"},
		{"half a signature", func(r *http.Request) { r.Header.Set("Authorization", r.Header.Get("Authorization")[:60]) }, 400, "IncompleteSignature"},
		{"no date", func(r *http.Request) { r.Header.Del("X-Amz-Date") }, 400, "IncompleteSignature"},
		{"another path", func(r *http.Request) { r.URL.Path = "/other" }, 401, "AuthFailure"},
		{"another query", func(r *http.Request) { r.URL.RawQuery = "a=b" }, 401, "AuthFailure"},
		{"another host", func(r *http.Request) { r.Host = "ec2.example.com" }, 401, "AuthFailure"},
		{"another content type", func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }, 401, "AuthFailure"},
		{"an unsigned x-amz header", func(r *http.Request) { r.Header.Set("X-Amz-Target", "Ec2") }, 401, "AuthFailure"},
		{"the hash of another body", func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", "0") }, 401, "AuthFailure"},
		{"not a form", func(r *http.Request) { r.Header.Set("Content-Type", "text/xml") }, 401, "AuthFailure"},
	} {
		t.Run(row.name, func(t *testing.T) {
			a := newAccount(t, config())
			got := a.send(form, row.tamper)
			if code, _ := got.code(); got.status != row.status || code != row.code {
				t.Errorf("got %d %s %v, want %d %s", got.status, code, got.err, row.status, row.code)
			}
		})
	}
}

// What is signed but not a request of EC2's is refused as such.
func TestMalformedForms(t *testing.T) {
	for _, row := range []struct {
		form url.Values
		code string
	}{
		{url.Values{"Version": {"2016-11-15"}}, "MissingAction"},
		{url.Values{"Action": {"DescribeVolumes"}, "Version": {"2015-10-01"}}, "InvalidAction"},
	} {
		a := newAccount(t, config())
		if code, _ := a.send(row.form, nil).code(); code != row.code {
			t.Errorf("%v: code %q, want %q", row.form, code, row.code)
		}
	}
}

func (a *account) inject(name fakeec2.FaultName, host string) {
	a.t.Helper()
	if err := a.Inject(fakeec2.Fault{Name: name, Host: host}); err != nil {
		a.t.Fatal(err)
	}
}

func (a *account) fail(code string) {
	a.t.Helper()
	if err := a.Inject(fakeec2.Fault{Name: fakeec2.FaultError, Code: code}); err != nil {
		a.t.Fatal(err)
	}
}

func (a *account) down(mode string) {
	a.t.Helper()
	if err := a.Inject(fakeec2.Fault{Name: fakeec2.FaultDown, Mode: mode}); err != nil {
		a.t.Fatal(err)
	}
}

func (a *account) state(host string, s fakeec2.InstanceState) {
	a.t.Helper()
	if err := a.SetState(host, s); err != nil {
		a.t.Fatal(err)
	}
}
