package setup

// BackendDropInFile is where a backend has BackendDropIn. The package
// tournant-ha takes it away.
const BackendDropInFile = "/etc/systemd/system/tournant.service.d/tournant-ha.conf"

// BackendDropIn is what the server's unit has on a backend beyond the package's: the
// agent starts and stops it (and comes first where the host ends, so that it can hand
// over in order), it goes on where the agent was killed, but for no more than ten seconds without
// one (systemd.Deadman), and it is given as long to drain as the agent gives it. It has no mount namespace, which would keep the volume
// mounted after the host let go of it.
const BackendDropIn = `# Written by chef-server-ctl reconfigure: changes are lost. Change the unit with
# systemctl edit tournant.service.
[Unit]
Before=tournant-ha.service

[Service]
Restart=no
TimeoutStopSec=5
WatchdogSignal=SIGKILL
ProtectSystem=no
ReadWritePaths=
ProtectHome=no
PrivateTmp=no
PrivateDevices=no
ProtectKernelTunables=no
ProtectKernelModules=no
ProtectControlGroups=no
`
