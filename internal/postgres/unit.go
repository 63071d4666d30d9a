package postgres

import (
	"fmt"
	"strings"
)

// Unit is the unit that UnitText is of.
const Unit = "tournant-postgresql.service"

// unitText never starts by itself: the agent starts it once the volume is this
// host's, and stops it when it is itself stopped; where the host ends (Before=), the agent
// comes first. Where the agent was killed, it goes on, and the next agent takes it over.
// Without one for ten seconds systemd kills it (systemd.Deadman, which is why
// WatchdogSignal= is here and no WatchdogSec=). SIGINT is PostgreSQL's fast stop, which
// the agent gives 15 s, too. It has no directive that gives it a mount namespace: that would keep the volume
// mounted after the host let go of it.
const unitText = `# Written by chef-server-ctl reconfigure: changes are lost. Override with
# systemctl edit %[1]s. Never enable or start it: tournant-ha does.
[Unit]
Description=PostgreSQL on the volume of Tournant
Before=tournant-ha.service
After=network.target

[Service]
Type=notify
User=%[2]s
ExecStart=%[3]s
ExecReload=/bin/kill -HUP $MAINPID
KillMode=mixed
KillSignal=SIGINT
Restart=no
TimeoutStartSec=infinity
TimeoutStopSec=15
WatchdogSignal=SIGKILL
RuntimeDirectory=%[4]s
RuntimeDirectoryMode=0755
UMask=0077
LimitNOFILE=65536
OOMScoreAdjust=-900
Environment=PG_OOM_ADJUST_FILE=/proc/self/oom_score_adj PG_OOM_ADJUST_VALUE=0
NoNewPrivileges=yes
CapabilityBoundingSet=
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
`

// UnitText is the unit's file.
func (c *Cluster) UnitText(s Settings) string {
	words := c.Command(s)
	for i, w := range words {
		words[i] = unitWord(w)
	}
	return fmt.Sprintf(unitText, Unit, c.User, strings.Join(words, " "), socketName)
}

// unitWord is a word of a command as systemd.service(5) reads it.
func unitWord(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(s)
	if s == "" || strings.ContainsAny(s, " \t\"'\\;") {
		return `"` + s + `"`
	}
	return s
}
