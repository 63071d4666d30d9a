// Package setup makes a host what its configuration says: secrets,
// directories, the systemd unit. Done twice, it changes nothing the second
// time, and says so.
package setup
