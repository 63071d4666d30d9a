// Package systemd asks systemd, over D-Bus, for the units that a server
// consists of, and journalctl for what they logged.
package systemd
