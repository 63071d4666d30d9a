package fakeec2

// detachVolume takes VolumeId and, to be checked, InstanceId and Device. Force
// cuts the I/O before it answers.
func (s *Server) detachVolume(c *call) (plan, *Error) {
	dryRun, err := c.boolean("DryRun")
	if err != nil {
		return plan{}, err
	}
	force, err := c.boolean("Force")
	if err != nil {
		return plan{}, err
	}
	volume, instance, device := c.take("VolumeId"), c.take("InstanceId"), c.take("Device")
	if volume == "" {
		return plan{}, errMissing("volumeId")
	}
	if err := checkID("vol-", "InvalidVolumeID.Malformed", volume); err != nil {
		return plan{}, err
	}
	if instance != "" {
		if err := checkID("i-", "InvalidInstanceID.Malformed", instance); err != nil {
			return plan{}, err
		}
	}
	return plan{dryRun, func() (answer, *Error) {
		v := s.world.volume(volume)
		if err := s.detachable(v, volume, instance, device); err != nil {
			return nil, err
		}
		s.detach(v, force, c.host)
		answer := newAttachmentAnswer(c.action, v.ID, *v.Attachment)
		s.changed()
		number := v.Attachment.number
		times := s.config.Times.Detach
		if force {
			times = s.config.Times.Force
		}
		s.later(times, func() { s.finishDetach(volume, number, force) })
		return answer, nil
	}}, nil
}

func (s *Server) detachable(v *Volume, volume, instance, device string) *Error {
	switch {
	case v == nil:
		return errVolumeNotFound(volume)
	case instance != "" && s.world.instance(instance) == nil:
		return errInstanceNotFound(instance)
	case v.Attachment == nil:
		// The message has no space there.
		return refuse("IncorrectState", "Volume '%s'is in the '%s' state.", v.ID, v.State())
	case instance != "" && v.Attachment.Instance != instance:
		return refuse("InvalidAttachment.NotFound", "The volume '%s' is not attached to instance '%s'.", v.ID, instance)
	case device != "" && v.Attachment.Device != device:
		return refuse("InvalidAttachment.NotFound", "The volume '%s' is not attached to instance '%s' as device '%s'.", v.ID, v.Attachment.Instance, device)
	}
	return nil
}

// detach begins a detachment. A plain one of a volume that is detaching changes
// nothing.
func (s *Server) detach(v *Volume, force bool, by string) {
	a := v.Attachment
	if force && !a.forced {
		a.forced = true
		from := s.world.instance(a.Instance).Name
		s.disk(v.ID).Cut(from)
		s.forces = append(s.forces, Force{s.clock.Now(), by, from})
	}
	if a.State != Busy {
		a.State = Detaching
	}
}

// finishDetach makes the volume available, or busy while a plain detachment
// finds it in use. force is which of the two requests it finishes.
func (s *Server) finishDetach(volume string, number int, force bool) {
	v, a, in := s.attachment(volume, number)
	if v == nil || a.State != Detaching && a.State != Busy || a.forced != force {
		return
	}
	if f := s.fault(FaultDetachStuck, in.Name, ""); f != nil && (!force || f.Mode == "force") {
		if a.State == Busy {
			a.State = Detaching // where resume goes on
			s.changed()
		}
		return
	}
	if !force && s.held(v, in) {
		poll := s.config.Times.Busy
		s.later(Range{poll, poll}, func() { s.finishDetach(volume, number, false) })
		return
	}
	disk := s.disk(v.ID)
	disk.Cut(in.Name)
	if err := disk.Remove(in.Name); err != nil {
		s.log.Error("detach", "volume", v.ID, "host", in.Name, "error", err)
	}
	v.Attachment = nil
	s.log.Info("detached", "volume", v.ID, "host", in.Name, "force", force)
	s.changed()
}

// held is whether a plain detachment has to wait: for a guest that uses the
// volume, which makes it busy, or for one that crashed and cannot answer.
func (s *Server) held(v *Volume, in *Instance) bool {
	if in.crashed {
		return true
	}
	inUse, err := s.disk(v.ID).InUse(in.Name)
	if err != nil {
		s.log.Error("detach", "volume", v.ID, "host", in.Name, "error", err)
		return true
	}
	if inUse || s.fault(FaultBusy, in.Name, "") != nil {
		if v.Attachment.State != Busy {
			v.Attachment.State = Busy
			s.changed()
		}
		return true
	}
	return false
}

// resume goes on with what a healed fault had stuck.
func (s *Server) resume() {
	for _, v := range s.world.volumes {
		if v.Attachment == nil {
			continue
		}
		switch number := v.Attachment.number; v.Attachment.State {
		case Attaching:
			s.later(s.config.Times.Attach, func() { s.finishAttach(v.ID, number) })
		case Detaching:
			times := s.config.Times.Detach
			force := v.Attachment.forced
			if force {
				times = s.config.Times.Force
			}
			s.later(times, func() { s.finishDetach(v.ID, number, force) })
		}
	}
}
