package aws

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	volumeID   = regexp.MustCompile(`^vol-[0-9a-f]+$`)
	deviceName = regexp.MustCompile(`^(?:/dev/)?(sd|xvd)([a-z]{1,2})$`)
	nitroName  = regexp.MustCompile(`^(?:/dev/)?nvme[0-9]+n1$`)
)

// Serial returns the serial number that a volume has as an NVMe device: its
// id without the dash.
func Serial(id string) (string, error) {
	if !volumeID.MatchString(id) {
		return "", fmt.Errorf("%q is not the id of a volume, like vol-0123456789abcdef0", id)
	}
	return strings.Replace(id, "-", "", 1), nil
}

// DeviceNames returns the names to ask AttachVolume for, the one that
// ha['ebs_device'] means first, then those to go on with if it is taken or
// stuck. The setting may have the name that the kernel of a Xen instance
// gives, /dev/xvdf, where AWS has /dev/sdf. On a Nitro instance the name is
// nothing but a label, and what the kernel there calls the disk, /dev/nvme1n1,
// may be another's after the next boot: that, as empty, is /dev/sdf.
//
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/device_naming.html
func DeviceNames(setting string) ([]string, error) {
	first := "/dev/sdf"
	if setting != "" && !nitroName.MatchString(setting) {
		m := deviceName.FindStringSubmatch(setting)
		if m == nil {
			return nil, fmt.Errorf("ha['ebs_device'] is %q: write a name from /dev/sdf to /dev/sdp", setting)
		}
		if m[2] == "a" {
			return nil, fmt.Errorf("ha['ebs_device'] is %q, which is the root device: write a name from /dev/sdf to /dev/sdp", setting)
		}
		first = "/dev/sd" + m[2]
		if len(m[2]) == 2 {
			first = "/dev/xvd" + m[2] // there are none of two letters but these
		}
	}
	names := []string{first}
	for letter := 'f'; letter <= 'p'; letter++ {
		if name := "/dev/sd" + string(letter); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, nil
}

// XenName returns the name, without directory, that the kernel of a Xen
// instance gives to an attachment's device: xvdf for /dev/sdf.
func XenName(device string) (string, bool) {
	m := deviceName.FindStringSubmatch(device)
	if m == nil {
		return "", false
	}
	return "xvd" + m[2], true
}

// XenNames returns the names, without directory, under which the kernel of a
// Xen instance shows what was attached as one of these.
func XenNames(devices []string) []string {
	var names []string
	for _, d := range devices {
		if name, ok := XenName(d); ok {
			names = append(names, name)
		}
	}
	return names
}
