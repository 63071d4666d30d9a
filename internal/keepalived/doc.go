// Package keepalived has the real keepalived watch the other backend. It makes
// its configuration, tells it by a tracked file which host owns the volume, and
// reads from its notify FIFO what it sees. What it sees is a hint: who is
// primary is decided elsewhere, and so is where the VIP is.
package keepalived
