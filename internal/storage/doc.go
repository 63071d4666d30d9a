// Package storage is the volume that two backends share, as one of them sees
// it: the block device with its serial, the epoch block that says who has it,
// the filesystem. It knows what the kernel of this host says and nothing of
// EC2, of peers, or of who should have the volume; DESIGN.md has the reasons.
package storage
