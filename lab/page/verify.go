package page

// VerifyFailover are the steps of "Verify Failover", and those back.
func VerifyFailover() []Step {
	const again = "typed again until all is well"
	return []Step{
		{Host: primary, Page: "sudo chef-server-ctl stop keepalived"},
		{Host: secondary, Page: "watch -n1 " + haStatus, Typed: haStatus + " || echo exit code $?", Why: "watch needs a screen; the peer's keepalived is stopped, which ha-status may say"},
		{Host: secondary, Page: "ip addr list dev eth0"},
		{Host: primary, Page: "sudo chef-server-ctl start keepalived"},
		{Host: primary, Page: haStatus, Typed: Settled, Why: again},
		{Host: secondary, Page: haStatus, Typed: Settled, Why: again},
	}
}
