package ohai

import "strconv"

func (b *builder) cpu() {
	b.object("cpu", func() {
		b.int("total", b.shape.CPUs)
		b.int("real", 1)
		b.int("cores", b.shape.CPUs)
		b.strings("architecture", "x86_64", "byte_order", "little endian", "vendor_id", "AuthenticAMD",
			"model_name", "AMD EPYC 7B13", "virtualization_type", "full", "hypervisor_vendor", "KVM",
			"l1d_cache", "64 KiB", "l1i_cache", "64 KiB", "l2_cache", "1 MiB", "l3_cache", "32 MiB")
		b.list("flags", cpuFlags[:]...)
		for i := range b.shape.CPUs {
			b.object(strconv.Itoa(i), func() { b.core(i) })
		}
	})
}

func (b *builder) core(i int) {
	b.strings("vendor_id", "AuthenticAMD", "family", "25", "model", "1", "model_name", "AMD EPYC 7B13", "stepping", "0")
	b.gauge("mhz", `"2`, 100, 900, `.998"`)
	b.strings("cache_size", "512 KB", "physical_id", "0", "core_id", strconv.Itoa(i),
		"cores", strconv.Itoa(b.shape.CPUs))
	b.list("flags", cpuFlags[:]...)
}

func (b *builder) memory() {
	const total = 16_384_256
	b.object("memory", func() {
		b.string("total", strconv.Itoa(total)+"kB")
		for _, level := range memoryLevels {
			b.kilobytes(level, uint64(b.random(total/64, total)))
		}
		b.strings("commit_limit", "8192128kB", "vmalloc_total", "34359738367kB", "hugepage_size", "2048kB",
			"nfs_unstable", "0kB", "bounce", "0kB")
		b.object("directmap", func() {
			b.kilobytes("4k", 200_000)
			b.kilobytes("2M", 8_000_000)
			b.kilobytes("1G", 9_000_000)
		})
		b.object("hugepages", func() {
			b.strings("total", "0", "free", "0", "reserved", "0", "surplus", "0")
		})
		b.object("swap", func() {
			b.string("total", "4194300kB")
			b.kilobytes("free", 4_194_300)
			b.kilobytes("cached", 40_000)
		})
	})
}

func (b *builder) blockDevice() {
	b.object("block_device", func() {
		for _, disk := range [...]string{"sda", "sdb"} {
			b.object(disk, func() {
				b.strings("size", strconv.Itoa(b.random(40, 500)*2_097_152), "removable", "0", "model", "PERSISTENT-DISK",
					"rev", "1", "state", "running", "timeout", "30", "vendor", "QEMU", "queue_depth", "126",
					"rotational", "0", "physical_block_size", "4096", "logical_block_size", "512")
			})
		}
	})
}

func (b *builder) dmi() {
	b.object("dmi", func() {
		b.string("dmidecode_version", "3.4")
		b.object("system", func() {
			b.strings("manufacturer", "QEMU", "product_name", "Standard PC (Q35 + ICH9, 2009)", "version", "pc-q35-7.2")
			salt := b.rng.Uint64()
			b.node("serial_number", func(dst []byte, n *Node) []byte { return n.appendHex(dst, salt, 12) })
			b.node("uuid", func(dst []byte, n *Node) []byte { return n.appendUUID(dst, salt+1) })
		})
	})
}
