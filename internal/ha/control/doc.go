// Package control is how chef-server-ctl talks to the agent of its host: the
// document of ha-status, what operators may ask for, and a client of the
// agent's socket, which only root can open.
package control
