package fakeec2

import (
	"slices"
	"strconv"
	"time"
)

// seen is the account as a Describe action sees it: as it is, or with a fault,
// as it was some time ago.
func (s *Server) seen(c *call) world {
	f := s.fault(FaultStale, c.host, c.action)
	if f == nil {
		return s.world
	}
	lag := s.draw(Range{Max: f.Delay})
	return s.history.at(s.clock.Now().Add(-lag))
}

// A filter keeps what has one of its values.
type filter struct {
	name   string
	values []string
}

// filters reads Filter.1.Name and Filter.1.Value.1. known are the names that
// the action has here.
func (c *call) filters(known ...string) ([]filter, *Error) {
	var filters []filter
	for i := 1; ; i++ {
		prefix := "Filter." + strconv.Itoa(i)
		if !c.form.Has(prefix + ".Name") {
			return filters, nil
		}
		f := filter{c.take(prefix + ".Name"), c.list(prefix + ".Value")}
		if !slices.Contains(known, f.name) {
			return nil, refuse("InvalidParameterValue", "The filter '%s' is invalid", f.name)
		}
		if len(f.values) == 0 {
			return nil, refuse("InvalidParameterValue", "The filter '%s' has no values", f.name)
		}
		filters = append(filters, f)
	}
}

// matches is whether all filters have one of the values that a thing has under
// their name.
func matches(filters []filter, has func(name string) []string) bool {
	for _, f := range filters {
		if !slices.ContainsFunc(has(f.name), func(v string) bool { return slices.Contains(f.values, v) }) {
			return false
		}
	}
	return true
}

// checkID refuses what cannot be an id of that kind.
func checkID(prefix, code, id string) *Error {
	if len(id) <= len(prefix) || id[:len(prefix)] != prefix {
		return refuse(code, "Invalid id: \"%s\" (expecting \"%s...\")", id, prefix)
	}
	return nil
}

func checkIDs(prefix, code string, ids []string) *Error {
	for _, id := range ids {
		if err := checkID(prefix, code, id); err != nil {
			return err
		}
	}
	return nil
}

// attachmentXML is how an attachment looks within a volume and as the answer to
// attaching and detaching; the latter two leave out DeleteOnTermination.
type attachmentXML struct {
	VolumeID            string          `xml:"volumeId"`
	InstanceID          string          `xml:"instanceId"`
	Device              string          `xml:"device"`
	Status              AttachmentState `xml:"status"`
	AttachTime          xmlTime         `xml:"attachTime"`
	DeleteOnTermination *bool           `xml:"deleteOnTermination,omitempty"`
}

func newAttachmentXML(volume string, a Attachment) attachmentXML {
	return attachmentXML{VolumeID: volume, InstanceID: a.Instance, Device: a.Device, Status: a.State, AttachTime: xmlTime(a.Since.Truncate(time.Second))}
}
