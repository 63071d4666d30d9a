package page

import (
	"path/filepath"
	"slices"

	"tournant/lab/cluster"
)

// A Stage is a part of the documentation's upgrade. The next one can wait for as
// long as one likes.
type Stage struct {
	Name  string
	Steps []Step
	// Interrupts says that the last step ends a server that has requests.
	Interrupts bool
}

// Upgrade are the stages from one release to another while a backend is primary, as
// docs/install.md has them: the standby first.
func Upgrade(p Packages, primary string) []Stage {
	standby := cluster.Peer(primary)
	return []Stage{
		{Name: "standby", Steps: upgradeBackend(p, standby)},
		{Name: "hand-over", Steps: []Step{{Host: primary, Page: "chef-server-ctl ha-failover"}}, Interrupts: true},
		{Name: "former primary", Steps: upgradeBackend(p, primary)},
		{Name: "fe1", Steps: upgradeFrontend(p, "fe1"), Interrupts: true},
		{Name: "fe2", Steps: upgradeFrontend(p, "fe2"), Interrupts: true},
		{Name: "schema", Steps: []Step{{Host: standby, Page: "chef-server-ctl upgrade"}}},
	}
}

func upgradeBackend(p Packages, host string) []Step {
	return slices.Concat(
		newer(host, p.Tournant, p.HA),
		[]Step{
			{Host: host, Page: "chef-server-ctl reconfigure"},
			{Host: host, Page: "systemctl restart tournant-ha tournant-keepalived"},
			{Host: host, Page: "chef-server-ctl ha-status", Typed: Settled, Why: "typed again until it is all OK"},
		},
	)
}

func upgradeFrontend(p Packages, host string) []Step {
	return append(newer(host, p.Tournant), Step{Host: host, Page: "chef-server-ctl restart"})
}

// newer copies packages to a host and installs them over those that are there.
func newer(host string, files ...string) []Step {
	const dir = "/tmp/upgrade"
	steps := []Step{{Host: host, Page: "Copy the packages to the host.", Typed: "mkdir -p " + dir + " && rm -f " + dir + "/*", Why: "no SSH server is there for scp"}}
	page, typed := "apt-get install", "cd "+dir+" && apt-get install -q -y --allow-downgrades"
	for _, file := range files {
		name := filepath.Base(file)
		steps = append(steps, Step{Host: host, Page: "Copy " + name + ".", Typed: "cat > " + dir + "/" + name, File: file, Why: "as above"})
		page, typed = page+" ./"+name, typed+" ./"+name
	}
	return append(steps, Step{Host: host, Page: page, Typed: typed, Why: "nobody is there to answer yes, also to an older package"})
}
