package fakeec2

import "time"

// attachmentAnswer is that of AttachVolume and of DetachVolume.
type attachmentAnswer struct {
	envelope
	attachmentXML
}

func newAttachmentAnswer(action, volume string, a Attachment) *attachmentAnswer {
	return &attachmentAnswer{envelope{action: action}, newAttachmentXML(volume, a)}
}

// attachVolume takes VolumeId, InstanceId and Device. It never moves a volume:
// one that is attached, to whomever, is in use.
func (s *Server) attachVolume(c *call) (plan, *Error) {
	dryRun, err := c.boolean("DryRun")
	if err != nil {
		return plan{}, err
	}
	volume, instance, device := c.take("VolumeId"), c.take("InstanceId"), c.take("Device")
	for _, p := range [][2]string{{"volumeId", volume}, {"instanceId", instance}, {"device", device}} {
		if p[1] == "" {
			return plan{}, errMissing(p[0])
		}
	}
	if err := checkID("vol-", "InvalidVolumeID.Malformed", volume); err != nil {
		return plan{}, err
	}
	if err := checkID("i-", "InvalidInstanceID.Malformed", instance); err != nil {
		return plan{}, err
	}
	return plan{dryRun, func() (answer, *Error) {
		v, in := s.world.volume(volume), s.world.instance(instance)
		if err := s.attachable(v, volume, in, instance, device); err != nil {
			return nil, err
		}
		s.attachments++
		v.Attachment = &Attachment{Instance: in.ID, Device: device, State: Attaching, Since: s.clock.Now(), number: s.attachments}
		answer := newAttachmentAnswer(c.action, v.ID, *v.Attachment)
		s.changed()
		number := s.attachments
		s.later(s.config.Times.Attach, func() { s.finishAttach(volume, number) })
		return answer, nil
	}}, nil
}

func (s *Server) attachable(v *Volume, volume string, in *Instance, instance, device string) *Error {
	switch {
	case v == nil:
		return errVolumeNotFound(volume)
	case in == nil:
		return errInstanceNotFound(instance)
	case v.Attachment != nil:
		return refuse("VolumeInUse", "%s is already attached to an instance", v.ID)
	case v.State() != "available":
		return refuse("IncorrectState", "%s is not 'available'.", v.ID)
	case in.State == Terminated:
		return refuse("IncorrectState", "Instance '%s' is not 'running'.", in.ID)
	case v.Zone != in.Zone:
		return refuse("InvalidVolume.ZoneMismatch", "The volume '%s' is not in the same availability zone as instance '%s'", v.ID, in.ID)
	}
	held := 1 // the root volume
	for _, other := range s.world.volumes {
		if other.Attachment == nil || other.Attachment.Instance != in.ID {
			continue
		}
		held++
		if other.Attachment.Device == device {
			return refuse("InvalidParameterValue", "Invalid value '%s' for unixDevice. Attachment point %s is already in use", device, device)
		}
	}
	if device == "/dev/xvda" || device == "/dev/sda1" {
		return refuse("InvalidParameterValue", "Invalid value '%s' for unixDevice. Attachment point %s is already in use", device, device)
	}
	if held >= s.config.Limits.Volumes {
		return refuse("AttachmentLimitExceeded", "The instance '%s' has the most volumes that its type allows: %d", in.ID, s.config.Limits.Volumes)
	}
	return nil
}

// attachment is the volume's if it still is that one.
func (s *Server) attachment(volume string, number int) (*Volume, *Attachment, *Instance) {
	v := s.world.volume(volume)
	if v.Attachment == nil || v.Attachment.number != number {
		return nil, nil, nil
	}
	return v, v.Attachment, s.world.instance(v.Attachment.Instance)
}

// finishAttach makes an attachment work, unless it is stuck or somebody has
// detached meanwhile.
func (s *Server) finishAttach(volume string, number int) {
	v, a, in := s.attachment(volume, number)
	if v == nil || a.State != Attaching || s.fault(FaultAttachStuck, in.Name, "") != nil {
		return
	}
	if in.State == Running && !in.crashed { // else it comes with the boot
		if err := s.disk(v.ID).Attach(in.Name, a.Device); err != nil {
			// What EC2 has for this is an attachment that stays "attaching".
			s.log.Error("attach", "volume", v.ID, "host", in.Name, "error", err)
			return
		}
	}
	a.State = Attached
	s.log.Info("attached", "volume", v.ID, "host", in.Name, "after", s.clock.Now().Sub(a.Since).Round(time.Millisecond))
	s.changed()
}
