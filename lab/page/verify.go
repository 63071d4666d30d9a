package page

// VerifyFailover are the steps of "Verify Failover", and back again.
func VerifyFailover() []Step {
	watch := "for i in $(seq 60); do sudo chef-server-ctl ha-status > /tmp/ha-status 2>&1 && break; sleep 1; done; cat /tmp/ha-status"
	return []Step{
		{Host: primary, Page: "sudo chef-server-ctl stop keepalived"},
		{Host: secondary, Page: "watch -n1 sudo chef-server-ctl ha-status", Typed: watch, Why: "watch needs a screen: the same command once a second, until it says that all is well"},
		{Host: secondary, Page: "ip addr list dev eth0"},
		{Host: primary, Page: "sudo chef-server-ctl start keepalived"},
		{Host: primary, Page: "sudo chef-server-ctl ha-status", Typed: watch, Why: "typed again until all is well"},
	}
}
