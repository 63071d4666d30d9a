package keepalived

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// check finds what keepalived would refuse, ignore or understand otherwise.
func (v VRRP) check(f Files) error {
	switch {
	case v.Interval < 10*time.Millisecond || v.Interval > 40*time.Second:
		return fmt.Errorf("keepalived['vrrp_instance_advert_int'] is %s: write seconds from 0.01 to 40", v.Interval)
	case v.Version() == 2 && v.Password == "":
		return errors.New("keepalived['vrrp_instance_password'] is empty: copy the secrets from the bootstrap host, or set it")
	case !v.Address.Is4():
		return fmt.Errorf("server %s: :ipaddress must be IPv4, with which backends watch one another", v.Host)
	case !v.Peer.Is4():
		return errors.New("the other backend's :ipaddress must be IPv4, with which backends watch one another")
	case v.Device == "":
		return errors.New("backend_vip has no :device")
	}
	for setting, text := range map[string]string{
		"keepalived['vrrp_instance_password']": v.Password[:min(8, len(v.Password))],
		"keepalived['vrrp_sync_instance']":     v.Instance,
		"keepalived['smtp_server']":            v.SMTPServer,
		"notification_email":                   v.Mail,
		"server":                               v.Host,
		"backend_vip :device":                  v.Device,
		"the FIFO's path":                      f.FIFO,
		"the tracked file's path":              f.Track,
	} {
		if strings.ContainsFunc(text, unsafe) {
			return fmt.Errorf("%s has a character that keepalived.conf cannot hold: use letters, digits and punctuation other than %s",
				setting, special)
		}
	}
	return nil
}

// special are the characters that mean something within quotes: keepalived
// 2.2.7 has no way to write a quote, and replaces what starts with $ or ~.
const special = "\" \\ $ ~"

func unsafe(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(special, r) }
