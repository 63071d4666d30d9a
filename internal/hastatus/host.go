package hastatus

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"tournant/internal/aws"
	"tournant/internal/config"
	"tournant/internal/ha/control"
	"tournant/internal/storage"
	"tournant/internal/systemd"
	"tournant/internal/vip"
)

// withoutAgent is what this backend shows while its agent does not answer. Then
// nothing may run here: PostgreSQL and the API end with the agent.
func (v *View) withoutAgent(ctx context.Context, why error) *control.Status {
	c := v.Config
	s := &control.Status{
		Host: c.Host, Role: string(config.Backend), State: "unknown", Reason: why.Error(), Services: map[string]string{},
		Volume: control.Volume{ID: c.HA.VolumeID}, VIP: control.VIP{Address: c.VIP.Address.String()},
		Keepalived: control.Keepalived{State: "unknown"},
	}
	s.Checks = append(s.Checks,
		control.Check{Name: "keepalived-enabled", OK: true, Text: "keepalived HA services enabled."},
		check("agent", false, exitService, "", "tournant-ha does not answer: this backend is neither master nor ready to be.",
			why.Error()+"; start it with `chef-server-ctl start tournant-ha`, and see `chef-server-ctl tail tournant-ha`"),
		v.vip(s), v.nic(), v.volume(s),
		v.mustNotRun(ctx, s, "postgresql", UnitPostgres), v.mustNotRun(ctx, s, "tournant", UnitAPI), v.unit(ctx, s, "keepalived", UnitKeepalived),
		v.peer(ctx, s),
	)
	s.OK = s.ExitCode() == 0
	return s
}

func (v *View) vip(s *control.Status) control.Check {
	const name = "vip"
	address, err := vip.NewAddress(v.Config.VIP.Address, v.Config.VIP.Device)
	if err != nil {
		return check(name, false, exitVIP, "", "the VIP cannot be looked for", err.Error())
	}
	devices, err := address.Devices()
	if err != nil {
		return check(name, false, exitVIP, "", "the VIP cannot be looked for", err.Error())
	}
	s.VIP.OnInterface = len(devices) > 0
	return check(name, !s.VIP.OnInterface, exitVIP, "did not find VIP IP address and I am not master", "found VIP IP address and I am not master",
		fmt.Sprintf("it is on %s; `tournant ha-agent --drop` takes it off this host", strings.Join(devices, ", ")))
}

func (v *View) nic() control.Check {
	device := v.Config.VIP.Device
	_, err := net.InterfaceByName(device)
	return check("interface", err == nil, exitInterface, "found VRRP communications interface "+device,
		"VRRP communications interface "+device+" not found.", "backend_vip's :device in chef-server.rb must be one that `ip addr` shows")
}

// volume wants nothing of the volume to be in use.
func (v *View) volume(s *control.Status) control.Check {
	const name, bad = "storage", "storage backend status is not OK"
	devices, err := aws.DeviceNames(v.Config.HA.Device)
	if err != nil {
		return check(name, false, exitProvider, "", bad, err.Error())
	}
	disk, err := v.Disks.Find(v.Config.HA.VolumeID, aws.XenNames(devices)...)
	switch {
	case err == nil:
		s.Volume.Device, s.Volume.AttachedTo = disk.Path, v.Config.Host
	case !errors.Is(err, storage.ErrNoDevice):
		return check(name, false, exitProvider, "", bad, err.Error())
	}
	s.Volume.Mounted, err = storage.MountedAt(v.Config.HA.Path)
	switch {
	case err != nil:
		return check(name, false, exitProvider, "", bad, err.Error())
	case s.Volume.Mounted:
		return check(name, false, exitProvider, "", bad, v.Config.HA.Path+" is mounted, and the agent that should have it does not run; it unmounts it when it starts")
	}
	return control.Check{Name: name, OK: true, Text: "storage backend status is OK"}
}

// unit wants a unit to run.
func (v *View) unit(ctx context.Context, s *control.Status, service, unit string) control.Check {
	is, err := v.state(ctx, s, service, unit)
	if err != nil {
		return check(service, false, exitService, "", service+" is not running.", err.Error())
	}
	return check(service, is, exitService, service+" is running.", service+" is not running.", "chef-server-ctl start "+service)
}

func (v *View) mustNotRun(ctx context.Context, s *control.Status, service, unit string) control.Check {
	is, err := v.state(ctx, s, service, unit)
	if err != nil {
		return check(service, false, exitService, "", "whether "+service+" is running is not known, and I am not master.", err.Error())
	}
	return check(service, !is, exitService, service+" is not running, and I am not master.", service+" is running, and I am not master.",
		"it has to end with tournant-ha: `systemctl stop "+unit+"`")
}

// state tells whether a unit runs, and notes it.
func (v *View) state(ctx context.Context, s *control.Status, service, unit string) (bool, error) {
	state, err := v.Units.State(ctx, unit)
	switch {
	case errors.Is(err, systemd.ErrNotRunning):
		s.Services[service] = "unclear"
		return false, errors.New("systemd does not run on this host, so its units cannot be looked at")
	case err != nil:
		s.Services[service] = "unclear"
	case state.Active:
		s.Services[service] = "running"
	default:
		s.Services[service] = "stopped"
	}
	return state.Active, err
}

// peer asks the other backend what it is: it may well serve.
func (v *View) peer(ctx context.Context, s *control.Status) control.Check {
	const name = "peer"
	server, ok := Peer(v.Config)
	if !ok {
		return check(name, false, exitProvider, "", "there is no other backend.", "chef-server.rb must have two")
	}
	s.Peer = control.Peer{Name: server.Name, Address: server.Address.String()}
	d, err := Ask(ctx, v.Config, server)
	if err != nil {
		return check(name, false, exitProvider, "", "the other backend does not answer.", err.Error())
	}
	s.Peer.Reachable, s.Peer.State = true, d.State
	if d.Volume.AttachedTo == server.Name {
		s.Volume.AttachedTo = server.Name
	}
	if d.State == "primary" {
		s.VIP.AssignedTo = server.Name
	}
	return control.Check{Name: name, OK: true, Text: "the other backend answers."}
}
