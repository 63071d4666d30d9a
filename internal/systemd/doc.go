// Package systemd asks systemd and its journal, through their commands, for
// the units that a server consists of. Runner is the only door to the host.
package systemd
