package keepalived

import (
	"bytes"
	_ "embed"
	"fmt"
	"net/netip"
	"strings"
	"text/template"
	"time"

	"tournant/internal/config"
)

const (
	// raise is how much more priority the primary has.
	raise = 50

	// most is the highest priority of a host that does not own the address
	// (RFC 5798, 5.2.4).
	most = 254

	// mark is the address that keepalived moves in place of the VIP, which is the
	// agent's. There must be one: VRRP 3 has no adverts without, and the check of
	// the configuration fails without in any version. Link-local, on lo and the
	// same on both hosts, it is seen by nobody; it also shows which of them
	// keepalived holds for the master.
	mark = "169.254.254.1"
)

//go:embed keepalived.conf.tmpl
var source string

var configuration = template.Must(template.New("keepalived.conf").Parse(source))

// VRRP is what the configuration of keepalived is made from.
type VRRP struct {
	Host        string // this one's name
	Instance    string
	Device      string
	Address     netip.Addr // this host's own
	Peer        netip.Addr
	RouterID    int
	Priority    int // of both hosts
	Interval    time.Duration
	Password    string // its first 8 characters count
	Mail        string // who is told of changes; may be empty
	SMTPServer  string
	SMTPTimeout int // seconds
}

// Of takes it from the configuration of a backend.
func Of(c *config.Config) (VRRP, error) {
	k := c.Keepalived
	if k == nil || c.VIP == nil {
		return VRRP{}, fmt.Errorf("keepalived: %s is not for topology \"ha\"", c.File)
	}
	v := VRRP{
		Host: c.Host, Instance: k.SyncInstance, Device: c.VIP.Device,
		RouterID: k.RouterID, Priority: k.Priority,
		Interval: time.Duration(k.AdvertInterval * float64(time.Second)).Round(10 * time.Millisecond),
		Password: k.Password.Reveal(), Mail: k.NotificationEmail, SMTPServer: k.SMTPServer, SMTPTimeout: k.SMTPTimeout,
	}
	for _, s := range c.Servers {
		switch {
		case s.Role != config.Backend:
		case s.Name == c.Host:
			v.Address = s.Address
		default:
			v.Peer = s.Address
		}
	}
	return v, nil
}

// Version is that of the protocol. Version 2 counts whole seconds and has the
// password, as the original's; version 3 counts hundredths and has none
// (RFC 5798, 9), and is taken only for an interval that needs it.
func (v VRRP) Version() int {
	if v.Interval%time.Second == 0 {
		return 2
	}
	return 3
}

// Silence is for how long the master must not be heard before another host
// becomes master. The skew of a priority makes the last part (RFC 5798, 6.1).
func (v VRRP) Silence() time.Duration {
	skew := time.Duration(256-v.base()) * v.Interval / 256
	if v.Version() == 2 {
		skew = time.Duration(256-v.base()) * time.Second / 256
	}
	return 3*v.Interval + skew
}

// base leaves room to raise the priority.
func (v VRRP) base() int { return min(v.Priority, most-raise) }

// page is what the template sees.
type page struct {
	VRRP
	Files
	Version, Base, Raise, AutoPriority int
	Seconds, Auth, Mark                string
}

// Config returns the content of keepalived.conf.
func (v VRRP) Config(f Files) ([]byte, error) {
	if err := v.check(f); err != nil {
		return nil, fmt.Errorf("keepalived: %w", err)
	}
	p := page{
		VRRP: v, Files: f, Version: v.Version(), Base: v.base(), Raise: raise, Mark: mark,
		AutoPriority: 50,
		Seconds:      strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v.Interval.Seconds()), "0"), "."),
	}
	if p.Version == 2 {
		p.Auth = v.Password[:min(8, len(v.Password))]
	}
	var out bytes.Buffer
	if err := configuration.Execute(&out, p); err != nil {
		return nil, fmt.Errorf("keepalived: %w", err)
	}
	return out.Bytes(), nil
}
