// Package keeper keeps a cluster of whole machines up in one process, and does to it
// what others ask of that process on a socket: the lab that people play with.
package keeper
