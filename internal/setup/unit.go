package setup

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
)

// unitText is the unit of the server. It runs as root, whose files the
// database and keys are, but without root's powers and with nothing to write
// to but its data.
const unitText = `# Written by chef-server-ctl reconfigure: changes are lost. Override with
# systemctl edit %[3]s.
[Unit]
Description=Tournant, a Chef Infra Server
Wants=network-online.target
After=network-online.target

[Service]
Type=exec
ExecStart=%[1]s serve --config %[2]s
ExecReload=/bin/kill -HUP $MAINPID
EnvironmentFile=-%[4]s
Restart=on-failure
RestartSec=1
TimeoutStopSec=90
KillMode=mixed
UMask=0077
LimitNOFILE=65536
CapabilityBoundingSet=CAP_NET_BIND_SERVICE CAP_DAC_READ_SEARCH
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=%[5]s
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictSUIDSGID=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK

[Install]
WantedBy=multi-user.target
`

func (r *run) unit(context.Context) error {
	content := fmt.Sprintf(unitText, r.Executable, ConfigFile, Unit, environment, DataDir)
	changed, err := r.serverFile(unitFile, []byte(content), 0o644)
	r.reload = r.reload || changed
	return err
}

// environment keeps the variables that the configuration asked for: the
// server reads the same file, but is not started from this shell.
func (r *run) environment(context.Context) error {
	if len(r.c.Environment) == 0 {
		return r.absent(environment)
	}
	var b strings.Builder
	b.WriteString("# What chef-server.rb takes from ENV, as of the last chef-server-ctl reconfigure.\n")
	for _, name := range slices.Sorted(maps.Keys(r.c.Environment)) {
		fmt.Fprintf(&b, "%s=%s\n", name, quoted(r.c.Environment[name]))
	}
	_, err := r.serverFile(environment, []byte(b.String()), 0o600)
	return err
}

// quoted is a value as systemd.exec(5) reads it in an EnvironmentFile.
func quoted(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`").Replace(s) + `"`
}

// absent takes away a file that is of no use any more.
func (r *run) absent(name string) error {
	if !exists(r.path(name)) {
		return nil
	}
	if err := r.outdate(); err != nil {
		return err
	}
	if err := os.Remove(r.path(name)); err != nil {
		return fmt.Errorf("remove what is of no use: %w", err)
	}
	r.changed("removed %s", name)
	return nil
}
