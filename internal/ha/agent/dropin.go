package agent

// DropInFile is where an installed backend has ServerDropIn. The package
// tournant-ha takes it away.
const DropInFile = "/etc/systemd/system/tournant.service.d/tournant-ha.conf"

// ServerDropIn is what the API's unit has on a backend beyond the package's: the
// agent starts it, it ends with the agent (after it where both are stopped, so
// that the agent can hand over in order), and it is given as long to drain as
// the agent gives it. It has no mount namespace, which would keep the volume
// mounted after the host let go of it.
const ServerDropIn = `# Written by chef-server-ctl reconfigure: changes are lost. Change the unit with
# systemctl edit tournant.service.
[Unit]
BindsTo=tournant-ha.service
Before=tournant-ha.service

[Service]
Restart=no
TimeoutStopSec=5
ProtectSystem=no
ReadWritePaths=
ProtectHome=no
PrivateTmp=no
PrivateDevices=no
ProtectKernelTunables=no
ProtectKernelModules=no
ProtectControlGroups=no
`
