package config

import (
	"path/filepath"
	"regexp"

	"tournant/internal/config/rb"
)

// HASettings are those of ha[…], for topology "ha".
type HASettings struct {
	Provider  string `json:"provider"`
	Path      string `json:"path"` // where the volume is mounted
	AccessKey Secret `json:"aws_access_key_id,omitempty"`
	SecretKey Secret `json:"aws_secret_access_key"`
	Region    string `json:"aws_region,omitempty"`
	Endpoint  string `json:"aws_endpoint,omitempty"`
	VolumeID  string `json:"ebs_volume_id"`
	Device    string `json:"ebs_device,omitempty"`

	// SharedSecret is of the file of secrets alone.
	SharedSecret Secret `json:"shared_secret"`
}

// ServerData is the data directory of the server on a backend: on the volume, so
// that the index of search goes with what it is of.
func (h *HASettings) ServerData() string { return filepath.Join(h.Path, "tournant") }

const defaultHAPath = "/var/opt/opscode/drbd/data"

// volumeID is the form of the ids of volumes; the page's own example has x's.
var volumeID = regexp.MustCompile(`^vol-[0-9a-fx]+$`)

func (r *reader) ha() *HASettings {
	const group = "ha"
	h := &HASettings{
		Provider:  r.text(group, "provider", "drbd"),
		Path:      r.text(group, "path", defaultHAPath),
		AccessKey: r.secret(group, "aws_access_key_id"),
		SecretKey: r.secret(group, "aws_secret_access_key"),
		Region:    r.text(group, "aws_region", ""),
		Endpoint:  r.text(group, "aws_endpoint", ""),
		VolumeID:  r.text(group, "ebs_volume_id", ""),
		Device:    r.text(group, "ebs_device", ""),
	}
	if v, _ := r.get(group, "provider"); h.Provider != "aws" {
		r.mistake(max(v.Line, r.spread), "Write ha['provider'] = 'aws'.", "ha['provider'] is %q: there is no other than 'aws'", h.Provider)
		return h
	}
	if v, _ := r.get(group, "ebs_volume_id"); !volumeID.MatchString(h.VolumeID) {
		r.mistake(max(v.Line, r.spread), "Write ha['ebs_volume_id'] = 'vol-0123456789abcdef0'.", "ha['ebs_volume_id'] names no volume")
	}
	r.diskName(h)
	if (h.AccessKey == "") != (h.SecretKey == "") {
		v, _ := r.get(group, "aws_access_key_id")
		other, _ := r.get(group, "aws_secret_access_key")
		r.mistake(max(v.Line, other.Line), "Set both, or none to use the role of the instance.",
			"ha['aws_access_key_id'] and ha['aws_secret_access_key'] belong together")
	}
	return h
}

// diskName is the form of the names that a volume is attached under, EC2's, and
// of what the kernel of a host makes of them. /dev/sda is the host's own disk.
var diskName = regexp.MustCompile(`^(?:/dev/)?(?:(?:sd|xvd)(?:[b-z]|[a-z]{2})|nvme[0-9]+n1)$`)

// diskName checks the name that the volume is attached under.
func (r *reader) diskName(h *HASettings) {
	v, ok := r.get("ha", "ebs_device")
	line := max(v.Line, r.spread)
	const form = "Write ha['ebs_device'] = '/dev/xvdf', or another from /dev/xvdf to /dev/xvdp: the name that the volume is attached under."
	switch {
	case !ok:
		r.mistake(line, form, "topology \"ha\" needs ha['ebs_device']")
	case !diskName.MatchString(h.Device):
		r.mistake(line, form, "ha['ebs_device'] = %q is no name of a disk beside the host's own", h.Device)
	}
}

// Keepalived are the settings of keepalived[…], for topology "ha".
type Keepalived struct {
	RouterID          int     `json:"vrrp_instance_virtual_router_id"`
	Priority          int     `json:"vrrp_instance_priority"`
	AdvertInterval    float64 `json:"vrrp_instance_advert_int"` // seconds
	Password          Secret  `json:"vrrp_instance_password"`
	SyncInstance      string  `json:"vrrp_sync_instance"`
	SMTPServer        string  `json:"smtp_server"`
	SMTPTimeout       int     `json:"smtp_connect_timeout"` // seconds
	NotificationEmail string  `json:"notification_email"`
}

// derivedVRRP are settings that follow from the topology, whatever the file
// says of them.
var derivedVRRP = []string{
	"vrrp_instance_interface", "vrrp_instance_ipaddress", "vrrp_instance_ipaddress_dev",
	"vrrp_instance_vrrp_unicast_bind", "vrrp_instance_vrrp_unicast_peer", "vrrp_instance_state", "enable",
}

func (r *reader) keepalived() *Keepalived {
	const group = "keepalived"
	k := &Keepalived{
		RouterID:          int(r.whole(group, "vrrp_instance_virtual_router_id", 1, 1, 255)),
		Priority:          int(r.whole(group, "vrrp_instance_priority", 100, 1, 254)),
		AdvertInterval:    r.fraction(group, "vrrp_instance_advert_int", 1, 0.01, 40),
		Password:          r.secret(group, "vrrp_instance_password"),
		SyncInstance:      r.text(group, "vrrp_sync_instance", "PC_VI"),
		SMTPServer:        r.text(group, "smtp_server", "127.0.0.1"),
		SMTPTimeout:       int(r.whole(group, "smtp_connect_timeout", 30, 1, 3600)),
		NotificationEmail: r.email(),
	}
	for _, key := range derivedVRRP {
		if v, ok := r.get(group, key); ok {
			r.warn(v.Line, "", "%s is not read: it follows from server and backend_vip", setting(group, key))
		}
	}
	return k
}

func (r *reader) email() string {
	v, ok := r.word("notification_email")
	if ok && v.Kind != rb.String {
		r.mistake(v.Line, "Write it in quotes.", "notification_email is %s, not a string", v.Kind)
	}
	return v.Text
}
