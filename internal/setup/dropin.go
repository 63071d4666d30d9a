package setup

// BackendDropInFile is where a backend has BackendDropIn. The package
// tournant-ha takes it away.
const BackendDropInFile = "/etc/systemd/system/tournant.service.d/tournant-ha.conf"

// BackendDropIn is what the server's unit has on a backend beyond the package's: the
// agent starts it, it ends with the agent (after it where both are stopped, so
// that the agent can hand over in order), and it is given as long to drain as
// the agent gives it. It has no mount namespace, which would keep the volume
// mounted after the host let go of it.
const BackendDropIn = `# Written by chef-server-ctl reconfigure: changes are lost. Change the unit with
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
