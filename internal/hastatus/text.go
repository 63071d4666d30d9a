package hastatus

import (
	"fmt"
	"io"
	"strings"

	"tournant/internal/ha/control"
)

// The marks of lines, which are the original's.
const (
	ok      = "[OK]"
	warning = "[WARN]"
	failed  = "[ERROR]"

	indent = "     " // of what explains a line: no mark, for whoever looks for those
)

// Write prints a document in the original's lines and order. What it did not
// have, a reason and what is known beside it, is indented below.
func Write(w io.Writer, s *control.Status) error {
	var b strings.Builder
	for _, c := range s.Checks {
		fmt.Fprintf(&b, "%s %s\n", mark(c), c.Text)
		for _, why := range []string{c.Reason, about(s, c)} {
			if why != "" {
				fmt.Fprintf(&b, "%s%s\n", indent, why)
			}
		}
	}
	for _, text := range warnings(s) {
		fmt.Fprintf(&b, "%s %s\n", warning, text)
	}
	end := ok + " all checks passed."
	if !s.OK {
		end = failed + " ERRORS WERE DETECTED."
	}
	fmt.Fprintf(&b, "\n%s\n\n", end)
	_, err := io.WriteString(w, b.String())
	return err
}

// mark has the original's warning for a cluster on its way.
func mark(c control.Check) string {
	switch {
	case c.OK:
		return ok
	case c.Name == "cluster-status":
		return warning
	}
	return failed
}

// about is what is known beside a check, whether it is OK or not.
func about(s *control.Status, c control.Check) string {
	if s.Role != "backend" || s.State == "unknown" && c.Name == "cluster-status" {
		return ""
	}
	switch c.Name {
	case "cluster-status":
		if s.Reason == s.State || !c.OK {
			return fmt.Sprintf("%s since %s", s.State, s.Since.Format("2006-01-02 15:04:05 MST"))
		}
		return fmt.Sprintf("%s since %s: %s", s.State, s.Since.Format("2006-01-02 15:04:05 MST"), s.Reason)
	case "vip":
		return s.VIP.Address + " " + lease(s)
	case "storage":
		return s.Volume.ID + " " + volume(s)
	case "ip":
		if s.VIP.AssignedTo != "" {
			return fmt.Sprintf("EC2 has %s at %s", s.VIP.Address, s.VIP.AssignedTo)
		}
	case "keepalived":
		if s.Keepalived.State != "unknown" {
			return "VRRP: " + s.Keepalived.State
		}
	case "peer":
		if s.Peer.Reachable {
			return fmt.Sprintf("%s (%s) is %s", s.Peer.Name, s.Peer.Address, s.Peer.State)
		}
	}
	return ""
}

func lease(s *control.Status) string {
	switch {
	case s.Lease.Valid:
		return fmt.Sprintf("may be answered from: the lease is renewed each second and has %.1f s", float64(s.Lease.RemainingMS)/1000)
	case s.VIP.OnInterface:
		return "has no lease here: nothing leaves from it"
	}
	return "is not here"
}

func volume(s *control.Status) string {
	v := s.Volume
	switch {
	case v.AttachedTo == "":
		return "is at neither backend, as far as is known here"
	case v.AttachedTo != s.Host:
		return "is attached to " + v.AttachedTo
	case v.Mounted && s.Epoch > 0:
		return fmt.Sprintf("is attached here as %s and mounted, epoch %d", v.Device, s.Epoch)
	case v.Mounted:
		return "is attached here as " + v.Device + " and mounted"
	}
	return "is attached here as " + v.Device + " and not mounted"
}

// warnings are what changes no exit code.
func warnings(s *control.Status) []string {
	var all []string
	if s.Maintenance {
		all = append(all, "this backend is in maintenance and does not take over by itself: `chef-server-ctl ha-maintenance off` ends that")
	}
	if s.Held {
		all = append(all, "this backend was made backup by an operator and stays it: `chef-server-ctl start keepalived` ends that")
	}
	if s.Volume.Suspect {
		all = append(all, "ext4 has noted errors in the volume's filesystem, which is used all the same: `e2fsck -f` while both backends are stopped says whether any are left (docs/runbook.md, The filesystem is damaged)")
	}
	for _, t := range s.Troubles {
		if !told(s, t) {
			all = append(all, fmt.Sprintf("the last try to %s failed: %s", t.Action, t.Text))
		}
	}
	return all
}

// told says that a check has it already: that the other answers is newer than
// that it once could not be told something.
func told(s *control.Status, t control.Trouble) bool {
	if t.Action == "tell-peer" && s.Peer.Reachable {
		return true
	}
	for _, c := range s.Checks {
		if strings.Contains(c.Reason, t.Text) {
			return true
		}
	}
	return false
}
