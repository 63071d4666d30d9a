package control

// The units of a backend, beside PostgreSQL's.
const (
	UnitAgent      = "tournant-ha.service"
	UnitKeepalived = "tournant-keepalived.service"
	UnitAPI        = "tournant.service"
)
