package fakeec2

import "slices"

type describeVolumesAnswer struct {
	envelope
	Volumes []volumeXML `xml:"volumeSet>item"`
}

type volumeXML struct {
	VolumeID    string          `xml:"volumeId"`
	Size        int             `xml:"size"`
	SnapshotID  string          `xml:"snapshotId"`
	Zone        string          `xml:"availabilityZone"`
	Status      string          `xml:"status"`
	CreateTime  xmlTime         `xml:"createTime"`
	Attachments []attachmentXML `xml:"attachmentSet>item"`
	VolumeType  string          `xml:"volumeType"`
	Encrypted   bool            `xml:"encrypted"`
	MultiAttach bool            `xml:"multiAttachEnabled"`
}

// describeVolumes takes VolumeId.N and three filters.
func (s *Server) describeVolumes(c *call) (plan, *Error) {
	dryRun, err := c.boolean("DryRun")
	if err != nil {
		return plan{}, err
	}
	ids := c.list("VolumeId")
	if err := checkIDs("vol-", "InvalidVolumeID.Malformed", ids); err != nil {
		return plan{}, err
	}
	filters, err := c.filters("volume-id", "status", "attachment.instance-id")
	if err != nil {
		return plan{}, err
	}
	return plan{dryRun, func() (answer, *Error) {
		seen := s.seen(c)
		for _, id := range ids {
			if seen.volume(id) == nil {
				return nil, errVolumeNotFound(id)
			}
		}
		answer := &describeVolumesAnswer{envelope: envelope{action: c.action}}
		for _, v := range seen.volumes {
			if (len(ids) == 0 || slices.Contains(ids, v.ID)) && matches(filters, v.filterValues) {
				answer.Volumes = append(answer.Volumes, newVolumeXML(v))
			}
		}
		return answer, nil
	}}, nil
}

func (v Volume) filterValues(name string) []string {
	switch name {
	case "volume-id":
		return []string{v.ID}
	case "status":
		return []string{v.State()}
	}
	if v.Attachment != nil {
		return []string{v.Attachment.Instance}
	}
	return nil
}

func newVolumeXML(v Volume) volumeXML {
	x := volumeXML{
		VolumeID: v.ID, Size: v.SizeGiB, Zone: v.Zone, Status: v.State(), CreateTime: xmlTime(v.Created),
		VolumeType: "gp3", MultiAttach: v.MultiAttach,
	}
	if v.MultiAttach {
		x.VolumeType = "io2"
	}
	if v.Attachment != nil {
		a := newAttachmentXML(v.ID, *v.Attachment)
		a.DeleteOnTermination = new(bool)
		x.Attachments = append(x.Attachments, a)
	}
	return x
}
