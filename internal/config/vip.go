package config

import (
	"net/netip"
	"strings"

	"tournant/internal/config/rb"
)

var vipOptions = []string{"ipaddress", "device", "heartbeat_device"}

// backendVIP reads the address that moves between the backends.
func (r *reader) backendVIP() *VIP {
	var vip *VIP
	for _, call := range r.result.Calls {
		if call.Word != "backend_vip" {
			continue
		}
		name, options, ok := r.entry(call, vipOptions)
		switch {
		case !ok:
		case vip != nil:
			r.mistake(call.Line, "Keep one of the two.", "backend_vip is there already on line %d", vip.line)
		default:
			vip = r.vip(name, options, call.Line)
		}
	}
	return vip
}

func (r *reader) vip(name string, options *rb.Hash, line int) *VIP {
	v := &VIP{Name: name, line: line}
	v.Address, v.Bits = r.vipAddress(options, line)
	device, _ := options.Get("device")
	v.Device = device.Text
	if strings.ContainsAny(v.Device, " /") || len(v.Device) > 15 {
		r.mistake(line, "Write it as `ip addr` shows it.", "backend_vip: %q is no interface", v.Device)
	}
	if heartbeat, ok := options.Get("heartbeat_device"); ok && heartbeat.Text != v.Device {
		r.warn(line, "Backends talk on :device.", "backend_vip: :heartbeat_device has no meaning, here or in the original")
	}
	return v
}

// vipAddress reads an address with or without the bits of its network; for
// IPv6 they must be there.
func (r *reader) vipAddress(options *rb.Hash, line int) (netip.Addr, int) {
	v, _ := options.Get("ipaddress")
	if prefix, err := netip.ParsePrefix(v.Text); err == nil {
		return prefix.Addr(), prefix.Bits()
	}
	address := r.address(options, "backend_vip", line)
	if address.Is6() && !address.Is4In6() {
		r.mistakes = append(r.mistakes, Problem{
			File: r.file, Line: line, Exit: exitNetmask,
			Text:   "backend_vip ipaddress field appears to be a IPv6 address without a netmask (e.g /64, /48)",
			Advice: "Write :ipaddress => '" + address.String() + "/64'.",
		})
	}
	return address, address.BitLen()
}
