// Package agent is the process that makes a backend primary or standby: it runs
// the machine of internal/ha against the real world. It executes the machine's
// commands, tells it what happened, answers the peer and the frontends on
// port 4020 and chef-server-ctl on a socket, and proves to systemd that its loop
// turns. It decides nothing.
package agent
