// Package ha decides which of two backends is primary.
//
// Decide is the decision: a pure function from what the node knows (Snapshot)
// to what it should be (Goal), what to do now (Actions) and why (Reason).
// Machine is the loop around it, deterministic too: Handle folds an Event into
// the Snapshot, asks Decide, and returns the Commands to start. Whoever runs a
// Machine executes each Command, in a goroutine or in virtual time, and posts
// its Result back as an Event. The agent and the simulator in internal/ha/sim
// run the same Machine.
//
// The volume is the lock: AttachVolume's yes, the device with the volume's
// serial and an epoch block written with O_DIRECT are ownership. VRRP, the
// peer's answers, vouches of frontends and Describe* only choose what to try.
// Nothing here reads a clock: every instant is CLOCK_BOOTTIME, handed in.
package ha
