// Package setup makes a host what its configuration says: secrets,
// directories, a server that runs. Done twice, it changes nothing the second
// time, and says so.
package setup
