package control

import "tournant/internal/ha"

// Request is what an operator asks for, by the name of its command.
type Request string

// The requests.
const (
	StopKeepalived  Request = "stop-keepalived"
	StartKeepalived Request = "start-keepalived"
	Failover        Request = "ha-failover"
	MaintenanceOn   Request = "maintenance-on"
	MaintenanceOff  Request = "maintenance-off"
	MasterRecover   Request = "master-recover"
	BackupRecover   Request = "backup-recover"
)

// Requests are all there are.
func Requests() []Request {
	return []Request{StopKeepalived, StartKeepalived, Failover, MaintenanceOn, MaintenanceOff, MasterRecover, BackupRecover}
}

// Machine is what it is to the machine, or none.
func (r Request) Machine() ha.Request {
	switch r {
	case StopKeepalived:
		return ha.RequestStopKeepalived
	case StartKeepalived:
		return ha.RequestStartKeepalived
	case Failover:
		return ha.RequestFailover
	case MaintenanceOn:
		return ha.RequestMaintenanceOn
	case MaintenanceOff:
		return ha.RequestMaintenanceOff
	case MasterRecover:
		return ha.RequestMasterRecover
	case BackupRecover:
		return ha.RequestBackupRecover
	}
	return ha.RequestNone
}

// Socket is the agent's on an installed backend.
const Socket = "/var/opt/opscode/ha/control.sock"

// The paths on the socket.
const (
	PathStatus  = "/v1/ha-status"
	PathRequest = "/v1/request" // POST ?name=
)
