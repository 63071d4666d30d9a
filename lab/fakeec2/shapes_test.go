package fakeec2_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/lab/fakeec2"
)

// A shape is one documented example: the paths of its elements in their order,
// each with what its text looks like.
type shape struct {
	action string
	// source is where AWS documents the example.
	source string
	before func(*account)
	params []string
	// documented are the example's paths, a line each; an indented line is below
	// the one before it that is indented less.
	documented string
	// absent are documented elements that the fake leaves out: what describes
	// parts of AWS that it does not have.
	absent []string
}

var shapes = []shape{
	{
		action: "AttachVolume", source: "API_AttachVolume.html, Example 1", params: attach(be1),
		documented: `
requestId
volumeId
instanceId
device
status
attachTime`,
	},
	{
		action: "DetachVolume", source: "API_DetachVolume.html, Example 1", before: attached, params: []string{"VolumeId", volumeID, "Force", "true"},
		documented: `
requestId
volumeId
instanceId
device
status
attachTime`,
	},
	{
		action: "AssignPrivateIpAddresses", source: "API_AssignPrivateIpAddresses.html, Example 1",
		params: []string{"NetworkInterfaceId", "eni-97", "PrivateIpAddress.1", vip, "PrivateIpAddress.2", "172.31.24.181"},
		documented: `
requestId
networkInterfaceId
assignedPrivateIpAddressesSet
 item
  privateIpAddress
return`,
	},
	{
		action: "DescribeVolumes", source: "API_DescribeVolumes.html, Example 1", before: attached, params: []string{"VolumeId.1", volumeID},
		documented: `
requestId
volumeSet
 item
  volumeId
  size
  snapshotId
  availabilityZone
  status
  createTime
  attachmentSet
   item
    volumeId
    instanceId
    device
    status
    attachTime
    deleteOnTermination
  volumeType
  encrypted
  multiAttachEnabled`,
	},
	{
		action: "DescribeInstances", source: "API_DescribeInstances.html, Example 1", before: attached, params: []string{"InstanceId.1", be1},
		documented: `
requestId
reservationSet
 item
  reservationId
  ownerId
  groupSet
  instancesSet
   item
    instanceId
    imageId
    instanceState
     code
     name
    privateDnsName
    dnsName
    reason
    keyName
    amiLaunchIndex
    productCodes
    instanceType
    launchTime
    placement
     availabilityZone
     groupName
     tenancy
    monitoring
     state
    subnetId
    vpcId
    privateIpAddress
    ipAddress
    sourceDestCheck
    groupSet
     item
      groupId
      groupName
    architecture
    rootDeviceType
    rootDeviceName
    blockDeviceMapping
     item
      deviceName
      ebs
       volumeId
       status
       attachTime
       deleteOnTermination
    virtualizationType
    clientToken
    tagSet
     item
      key
      value
    hypervisor
    networkInterfaceSet
     item
      networkInterfaceId
      subnetId
      vpcId
      description
      ownerId
      status
      macAddress
      privateIpAddress
      privateDnsName
      sourceDestCheck
      groupSet
       item
        groupId
        groupName
      attachment
       attachmentId
       deviceIndex
       status
       attachTime
       deleteOnTermination
      association
       publicIp
       publicDnsName
       ipOwnerId
      privateIpAddressesSet
       item
        privateIpAddress
        privateDnsName
        primary
        association
         publicIp
         publicDnsName
         ipOwnerId
      ipv6AddressesSet
       item
        ipv6Address
    iamInstanceProfile
     arn
     id
    ebsOptimized
    cpuOptions
     coreCount
     threadsPerCore`,
		// No public addresses, no IPv6, no security groups, and nothing that tells
		// what hardware or image it is.
		absent: []string{
			"instancesSet/item/groupSet", "networkInterfaceSet/item/groupSet", "dnsName", "reason", "keyName", "amiLaunchIndex", "productCodes", "monitoring", "ipAddress", "architecture",
			"rootDeviceType", "virtualizationType", "clientToken", "hypervisor", "description", "association", "ipv6AddressesSet",
			"ebsOptimized", "cpuOptions", "networkInterfaceSet/item/privateDnsName", "privateIpAddressesSet/item/privateDnsName",
		},
	},
}

func TestShapesOfDocumentedExamples(t *testing.T) {
	for _, s := range shapes {
		t.Run(s.action, func(t *testing.T) {
			c := config()
			c.Instances[0].Role = "AdminRole"
			a := newAccount(t, c)
			if s.before != nil {
				s.before(a)
			}
			got := a.must(s.action, s.params...)
			root, paths, texts := elements(t, got.body)
			if want := (xml.Name{Space: "http://ec2.amazonaws.com/doc/2016-11-15/", Local: s.action + "Response"}); root != want {
				t.Errorf("the root is %v, want %v", root, want)
			}
			want := slices.DeleteFunc(outline(s.documented), func(path string) bool {
				return slices.ContainsFunc(s.absent, func(a string) bool { return strings.Contains("/"+path+"/", "/"+a+"/") })
			})
			if d := cmp.Diff(want, paths); d != "" {
				t.Errorf("elements differ from %s (-documented +fake):\n%s", s.source, d)
			}
			checkTexts(t, texts)
			if h := got.header.Get("Content-Type"); h != "text/xml;charset=UTF-8" {
				t.Errorf("content type %q", h)
			}
		})
	}
}

// forms are how AWS's examples write their texts.
var forms = map[string]string{
	"requestId":           `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`,
	"attachTime":          `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$`,
	"createTime":          `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`,
	"launchTime":          `^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`,
	"deleteOnTermination": `^(true|false)$`,
	"encrypted":           `^(true|false)$`,
	"multiAttachEnabled":  `^(true|false)$`,
	"primary":             `^(true|false)$`,
	"return":              `^true$`,
	"status":              `^(attaching|attached|detaching|in-use)$`,
	"code":                `^16$`,
	"privateIpAddress":    `^172\.31\.\d+\.\d+$`,
	"privateDnsName":      `^ip-172-31-24-97\.us-west-1\.compute\.internal$`,
	"volumeId":            `^vol-[0-9a-f]+$`,
	"instanceId":          `^i-[0-9a-f]+$`,
}

func checkTexts(t *testing.T, texts map[string]string) {
	t.Helper()
	for path, text := range texts {
		name := path[strings.LastIndexByte(path, '/')+1:]
		if form, ok := forms[name]; ok && !regexp.MustCompile(form).MatchString(text) {
			t.Errorf("%s is %q, not of the form %s", path, text, form)
		}
	}
}

// elements are the distinct paths below the root in order of appearance, and the
// last text of each.
func elements(t *testing.T, body []byte) (root xml.Name, paths []string, texts map[string]string) {
	t.Helper()
	texts = map[string]string{}
	var at []string
	d := xml.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return root, paths, texts
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if at == nil {
				root = e.Name
			}
			at = append(at, e.Name.Local)
			if path := strings.Join(at[1:], "/"); path != "" && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		case xml.CharData:
			if len(at) > 1 {
				texts[strings.Join(at[1:], "/")] = string(e)
			}
		case xml.EndElement:
			at = at[:len(at)-1]
		}
	}
}

// outline turns indented lines into paths.
func outline(lines string) []string {
	var paths, at []string
	for line := range strings.Lines(strings.TrimPrefix(lines, "\n")) {
		name := strings.TrimSpace(line)
		depth := len(strings.TrimRight(line, "\n")) - len(name)
		at = append(at[:depth], name)
		paths = append(paths, strings.Join(at, "/"))
	}
	return paths
}

// The shape of a refusal is that of "Example error response" in errors-overview.
func TestShapeOfErrors(t *testing.T) {
	a := newAccount(t, config())
	got := a.call("DescribeInstances", "InstanceId.1", "i-1a2b3c4d")
	root, paths, texts := elements(t, got.body)
	if root != (xml.Name{Local: "Response"}) {
		t.Errorf("the root is %v", root)
	}
	if d := cmp.Diff([]string{"Errors", "Errors/Error", "Errors/Error/Code", "Errors/Error/Message", "RequestID"}, paths); d != "" {
		t.Error(d)
	}
	if got, want := texts["Errors/Error/Message"], "The instance ID 'i-1a2b3c4d' does not exist"; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}

// The Date of an answer is the fake's clock, to the second.
func TestDateIsTheFakesClock(t *testing.T) {
	a := newAccount(t, config())
	a.clock.Advance(-240 * time.Hour)
	got, err := http.ParseTime(a.must("DescribeVolumes").header.Get("Date"))
	if err != nil || !got.Equal(a.clock.Now()) {
		t.Errorf("Date is %v, %v, want %v", got, err, a.clock.Now())
	}
}

var _ http.Handler = (*fakeec2.Server)(nil)
