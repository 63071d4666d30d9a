package ohai

// What such hosts have, as facts; arrays, so that nobody appends to them.
var (
	modules = [...]string{
		"ext4", "jbd2", "mbcache", "crc16", "dm_mod", "virtio_net", "virtio_blk", "virtio_scsi", "net_failover",
		"failover", "virtio_pci", "virtio_ring", "nf_tables", "nfnetlink", "nf_conntrack", "nf_defrag_ipv4", "overlay",
		"bridge", "stp", "llc", "xt_conntrack", "xt_addrtype", "iptable_nat", "button", "serio_raw", "evdev", "psmouse",
		"aesni_intel", "crypto_simd", "cryptd", "configfs", "fuse", "loop", "efi_pstore", "ip_tables", "x_tables", "autofs4",
	}
	accounts = [...]string{
		"root", "daemon", "bin", "sys", "sync", "games", "man", "lp", "mail", "news", "uucp", "proxy", "www-data",
		"backup", "list", "irc", "_apt", "nobody", "systemd-network", "messagebus", "sshd", "postfix", "ntpsec", "chrony",
	}
	cpuFlags = [...]string{
		"fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic", "sep", "mtrr", "pge", "mca", "cmov", "pat",
		"pse36", "clflush", "mmx", "fxsr", "sse", "sse2", "ht", "syscall", "nx", "mmxext", "fxsr_opt", "pdpe1gb", "rdtscp",
		"lm", "constant_tsc", "rep_good", "nopl", "xtopology", "nonstop_tsc", "cpuid", "extd_apicid", "tsc_known_freq",
		"pni", "pclmulqdq", "ssse3", "fma", "cx16", "pcid", "sse4_1", "sse4_2", "x2apic", "movbe", "popcnt",
		"tsc_deadline_timer", "aes", "xsave", "avx", "f16c", "rdrand", "hypervisor", "lahf_lm", "cmp_legacy", "cr8_legacy",
		"abm", "sse4a", "misalignsse", "3dnowprefetch", "osvw", "topoext", "vmmcall", "fsgsbase", "tsc_adjust", "bmi1",
		"avx2", "smep", "bmi2", "erms", "invpcid", "rdseed", "adx", "smap", "clflushopt", "clwb", "sha_ni", "xsaveopt",
		"xsavec", "xgetbv1", "xsaves", "clzero", "xsaveerptr", "arat", "umip", "vaes", "vpclmulqdq", "rdpid", "fsrm",
	}
	// The levels that /proc/meminfo gives, as ohai names them.
	memoryLevels = [...]string{
		"free", "available", "buffers", "cached", "active", "inactive", "dirty", "writeback", "anon_pages", "mapped",
		"slab", "slab_reclaimable", "slab_unreclaim", "page_tables", "committed_as", "vmalloc_used",
	}
	mounts = [...]mount{
		{"/dev/mapper/system-root", "/", "ext4"}, {"/dev/sda1", "/boot", "ext4"}, {"/dev/sda15", "/boot/efi", "vfat"},
		{"/dev/mapper/system-home", "/home", "ext4"}, {"/dev/mapper/system-var", "/var", "ext4"},
		{"/dev/mapper/system-log", "/var/log", "ext4"}, {"/dev/mapper/system-tmp", "/tmp", "ext4"},
		{"/dev/mapper/system-srv", "/srv", "xfs"}, {"/dev/mapper/system-opt", "/opt", "ext4"}, {"/dev/sdb1", "/data", "xfs"},
		{"udev", "/dev", "devtmpfs"}, {"tmpfs", "/run", "tmpfs"}, {"shm", "/dev/shm", "tmpfs"},
		{"lock", "/run/lock", "tmpfs"}, {"overlay", "/var/lib/containers/root", "overlay"},
		{"backup:/export", "/mnt/backup", "nfs4"}, {"/dev/sdc1", "/data2", "xfs"},
	}
)
