// Package fdstore keeps listening sockets open from one process of a unit to the
// next, in systemd's file descriptor store: while a server restarts, connections
// wait for it instead of being refused. systemd closes them when the unit is
// stopped. Elsewhere it only listens.
//
// The protocol is that of sd_notify(3), FDSTORE=1, and sd_listen_fds(3).
package fdstore
