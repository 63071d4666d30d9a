package aws

import (
	"context"
	"net/url"
	"strconv"
)

// DescribeVolume describes a volume.
func (c *Client) DescribeVolume(ctx context.Context, id string) (Volume, Answer, error) {
	var out volumesXML
	answer, err := c.call(ctx, DescribeVolumes, url.Values{"VolumeId.1": {id}}, &out)
	if err != nil {
		return Volume{}, answer, err
	}
	volumes := out.volumes()
	if len(volumes) != 1 || volumes[0].ID != id {
		return Volume{}, answer, badAnswer(DescribeVolumes, 0, answer, "not of the one volume that was asked for", nil)
	}
	return volumes[0], answer, nil
}

// AttachRequest is what AttachVolume is asked.
type AttachRequest struct {
	VolumeID   string
	InstanceID string
	Device     string // one of DeviceNames
}

func (r AttachRequest) params() url.Values {
	return url.Values{"VolumeId": {r.VolumeID}, "InstanceId": {r.InstanceID}, "Device": {r.Device}}
}

// AttachVolume attaches a volume to an instance. That it succeeds is the one
// proof that nobody else holds the volume; asked again by who has it already,
// it fails with InUse.
func (c *Client) AttachVolume(ctx context.Context, r AttachRequest) (Attachment, Answer, error) {
	var out attachmentXML
	answer, err := c.call(ctx, AttachVolume, r.params(), &out)
	if err != nil {
		return Attachment{}, answer, err
	}
	a := out.attachment()
	if a.VolumeID != r.VolumeID || a.InstanceID != r.InstanceID || a.State != Attaching && a.State != Attached {
		return Attachment{}, answer, badAnswer(AttachVolume, 0, answer, "not of the attachment that was asked for", nil)
	}
	return a, answer, nil
}

// DetachRequest is what DetachVolume is asked. InstanceID is whom the volume
// is taken from: a request that is late must not hit who holds it by then.
type DetachRequest struct {
	VolumeID   string
	InstanceID string
	Force      bool // without the instance's help: it loses what it has not written
}

func (r DetachRequest) params() url.Values {
	params := url.Values{"VolumeId": {r.VolumeID}, "InstanceId": {r.InstanceID}}
	if r.Force {
		params.Set("Force", strconv.FormatBool(true))
	}
	return params
}

// DetachVolume begins to take a volume from an instance; it fails with
// AlreadyDone if that instance does not have it.
func (c *Client) DetachVolume(ctx context.Context, r DetachRequest) (Attachment, Answer, error) {
	if r.VolumeID == "" || r.InstanceID == "" {
		return Attachment{}, Answer{}, &Error{Op: string(DetachVolume), Code: BadRequest, Message: "volume and instance must both be named"}
	}
	var out attachmentXML
	answer, err := c.call(ctx, DetachVolume, r.params(), &out)
	if err != nil {
		return Attachment{}, answer, err
	}
	a := out.attachment()
	if a.VolumeID != r.VolumeID || a.InstanceID != r.InstanceID {
		return Attachment{}, answer, badAnswer(DetachVolume, 0, answer, "not of the attachment that was asked for", nil)
	}
	return a, answer, nil
}
