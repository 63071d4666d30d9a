package page

import (
	"fmt"

	"tournant/lab/cluster"
)

// VerifyFailover are the steps of "Verify Failover" and those back, for a cluster that
// has just been installed. Each ends only if what it is to show is so.
func VerifyFailover() []Step {
	const (
		again = "typed again until all is well"
		other = "keepalived is stopped, which ha-status says, also by its exit code 7"
		moved = "a person looks whether the VIP is there; grep does here"
	)
	// watch ends with its terminal, which script makes and timeout takes away. Within it timeout would
	// put watch behind itself, where a terminal stops whoever sets it.
	const watch = `TERM=xterm timeout 5 script -qc "watch -n1 ` + haStatus + `" /dev/null < /dev/null | grep -ao 'Every 1.0s: sudo chef-server-ctl'`
	const address = "ip addr list dev " + cluster.Device
	shows := fmt.Sprintf("%s | grep 'inet %s/'", address, cluster.VIP)
	return []Step{
		{Host: secondary, Page: "watch -n1 " + haStatus, Typed: watch, Why: "nobody looks at the screen: five seconds of it, and then at the end of each step what it would show"},
		{Host: primary, Page: "sudo chef-server-ctl stop keepalived"},
		{Host: secondary, Page: haStatus, Typed: Settled, Why: again},
		{Host: secondary, Page: address, Typed: shows, Why: moved},
		{Host: primary, Page: haStatus, Typed: haStatus + " || test $? = 7", Why: other},
		{Host: primary, Page: address, Typed: "! " + shows, Why: moved},
		{Host: primary, Page: "sudo chef-server-ctl start keepalived"},
		{Host: primary, Page: haStatus, Typed: Settled, Why: again},
		{Host: secondary, Page: "sudo chef-server-ctl ha-failover"},
		{Host: primary, Page: haStatus, Typed: Settled, Why: again},
		{Host: primary, Page: address, Typed: shows, Why: moved},
		{Host: secondary, Page: haStatus, Typed: Settled, Why: again},
		{Host: primary, Page: "sudo chef-server-ctl ha-verify"},
		{Host: secondary, Page: "sudo chef-server-ctl ha-verify"},
		{Host: "fe1", Page: haStatus},
		{Host: "fe2", Page: haStatus},
	}
}
