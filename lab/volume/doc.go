// Package volume is an EBS volume: the bytes behind what lab/fakeec2 attaches
// and detaches. Each attachment is a file of its own in a FUSE filesystem, over
// one image, under a loop device whose nodes and sysfs entries appear in the
// directory of the host that it is attached to. What the attachment may do is
// decided where its I/O is applied: once it was cut, nothing of it reaches the
// image, whatever the host's kernel, its page cache or a thawed process still
// wants to write. Every write is logged, and Check proves from the log that
// there was never a second writer.
//
// It needs root, /dev/fuse, loop devices, and util-linux.
package volume
