package ohai

import "strconv"

type mount struct{ device, point, kind string }

// filesystem writes the three views that ohai gives of the same mounts.
func (b *builder) filesystem() {
	all := mounts[:min(b.shape.Mounts, len(mounts))]
	view := func(name string, key func(mount) string, links func(mount)) {
		b.object(name, func() {
			for _, m := range all {
				b.object(key(m), func() {
					b.usage(m)
					links(m)
				})
			}
		})
	}
	b.object("filesystem", func() {
		view("by_device", func(m mount) string { return m.device },
			func(m mount) { b.list("mounts", m.point) })
		view("by_mountpoint", func(m mount) string { return m.point },
			func(m mount) { b.list("devices", m.device) })
		view("by_pair", func(m mount) string { return m.device + "," + m.point },
			func(m mount) { b.strings("device", m.device, "mount", m.point) })
	})
}

func (b *builder) usage(m mount) {
	b.string("kb_size", strconv.Itoa(b.random(10_000_000, 99_999_999)))
	b.count("kb_used", 7)
	b.count("kb_available", 8)
	b.percent("percent_used")
	b.string("total_inodes", strconv.Itoa(b.random(1_000_000, 9_999_999)))
	b.count("inodes_used", 6)
	b.count("inodes_available", 7)
	b.percent("inodes_percent_used")
	b.string("fs_type", m.kind)
	b.list("mount_options", "rw", "nosuid", "relatime")
}
