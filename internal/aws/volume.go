package aws

import (
	"fmt"
	"time"
)

// VolumeState is the state of a volume.
type VolumeState string

// The states of a volume.
const (
	VolumeCreating  VolumeState = "creating"
	VolumeAvailable VolumeState = "available"
	VolumeInUse     VolumeState = "in-use"
	VolumeDeleting  VolumeState = "deleting"
	VolumeDeleted   VolumeState = "deleted"
	VolumeError     VolumeState = "error"
)

// AttachmentState is the state of an attachment.
type AttachmentState string

// The states of an attachment. A busy one waits to be detached until the
// instance unmounts, or for ever.
const (
	Attaching AttachmentState = "attaching"
	Attached  AttachmentState = "attached"
	Detaching AttachmentState = "detaching"
	Detached  AttachmentState = "detached"
	Busy      AttachmentState = "busy"
)

// Volume is an EBS volume as EC2 describes it, which may be as it was some
// time ago: it tells what to try next, never who holds it.
type Volume struct {
	ID          string
	State       VolumeState
	Zone        string
	Size        int // GiB
	MultiAttach bool
	Attachments []Attachment
}

// Attachment binds a volume to an instance.
type Attachment struct {
	VolumeID            string
	InstanceID          string
	Device              string // as it was asked for: /dev/sdf
	State               AttachmentState
	AttachTime          time.Time // AWS's clock
	DeleteOnTermination bool      // the volume ends with the instance
}

// Holder returns the attachment that keeps others from the volume.
func (v Volume) Holder() (Attachment, bool) {
	for _, a := range v.Attachments {
		if a.State != Detached {
			return a, true
		}
	}
	return Attachment{}, false
}

// Check refuses a volume that cannot be the lock of two backends in zone:
// one that several can hold, MultiAttach; one of another zone, ZoneMismatch;
// one that is gone or failed, NotFound.
func (v Volume) Check(zone string) error {
	refuse := func(code Code, format string, args ...any) error {
		return &Error{Op: "check of volume " + v.ID, Code: code, Message: fmt.Sprintf(format, args...)}
	}
	switch {
	case v.MultiAttach:
		return refuse(MultiAttach, "Multi-Attach is on, so that its attachment locks nobody out")
	case v.Zone != zone:
		return refuse(ZoneMismatch, "it is in %s, this instance in %s", v.Zone, zone)
	case v.State == VolumeDeleting || v.State == VolumeDeleted || v.State == VolumeError:
		return refuse(NotFound, "its state is %s", v.State)
	}
	return nil
}

// volumesXML is the answer of DescribeVolumes.
type volumesXML struct {
	Volumes []struct {
		ID          string          `xml:"volumeId"`
		State       string          `xml:"status"`
		Zone        string          `xml:"availabilityZone"`
		Size        int             `xml:"size"`
		MultiAttach bool            `xml:"multiAttachEnabled"`
		Attachments []attachmentXML `xml:"attachmentSet>item"`
	} `xml:"volumeSet>item"`
	NextToken string `xml:"nextToken"`
}

func (x *volumesXML) check() string {
	if x.NextToken != "" {
		return "in pages, which were not asked for"
	}
	for _, v := range x.Volumes {
		if v.ID == "" || v.State == "" || v.Zone == "" {
			return "a volume without id, state or zone"
		}
	}
	return ""
}

func (x *volumesXML) volumes() []Volume {
	volumes := make([]Volume, 0, len(x.Volumes))
	for _, v := range x.Volumes {
		volume := Volume{ID: v.ID, State: VolumeState(v.State), Zone: v.Zone, Size: v.Size, MultiAttach: v.MultiAttach}
		for _, a := range v.Attachments {
			volume.Attachments = append(volume.Attachments, a.attachment())
		}
		volumes = append(volumes, volume)
	}
	return volumes
}

// attachmentXML is an attachment in an answer, and all of the answers of
// AttachVolume and DetachVolume.
type attachmentXML struct {
	VolumeID            string  `xml:"volumeId"`
	InstanceID          string  `xml:"instanceId"`
	Device              string  `xml:"device"`
	State               string  `xml:"status"`
	AttachTime          timeXML `xml:"attachTime"`
	DeleteOnTermination bool    `xml:"deleteOnTermination"`
}

func (x attachmentXML) attachment() Attachment {
	return Attachment{
		VolumeID: x.VolumeID, InstanceID: x.InstanceID, Device: x.Device, State: AttachmentState(x.State),
		AttachTime: x.AttachTime.Time, DeleteOnTermination: x.DeleteOnTermination,
	}
}

// timeXML is a time of EC2, which may be left empty.
type timeXML struct{ time.Time }

func (t *timeXML) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		return nil
	}
	return t.Time.UnmarshalText(text)
}
