// Package fakeec2 is an EC2 endpoint for one account and region: the five
// actions that a Tournant backend may call, the instance metadata service, and
// the programme of faults that real EC2 shows now and then. Whoever runs it
// hands it the disks (lab/volume) and the network (lab/network) that its
// volumes and addresses stand for; without them it is a fake of the API alone.
//
// It is stricter than the usual emulators where a cluster's safety hangs on the
// answer: a volume is never moved by attaching it a second time, a signature
// must be right, and an address is on one interface. What it answers, and from
// where that is known, is DESIGN.md.
package fakeec2
