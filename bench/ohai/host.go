package ohai

import "strconv"

func appendNumber(dst []byte, v uint64) []byte { return strconv.AppendUint(dst, v, 10) }

const domain = "example.net"

func appendName(dst []byte, n *Node) []byte { return append(dst, n.Name...) }

// host writes the attributes that name a host, and its clocks.
func (b *builder) host() {
	b.node("hostname", appendName)
	b.node("machinename", appendName)
	b.node("fqdn", func(dst []byte, n *Node) []byte {
		return append(append(append(dst, n.Name...), '.'), domain...)
	})
	b.string("domain", domain)
	b.node("ipaddress", func(dst []byte, n *Node) []byte { return n.appendAddress(dst) })
	b.node("macaddress", func(dst []byte, n *Node) []byte { return n.appendMAC(dst, ":") })
	salt := b.rng.Uint64()
	b.node("machine_id", func(dst []byte, n *Node) []byte { return n.appendHex(dst, salt, 32) })
	b.nodeList("shard_seed", "", func(dst []byte, n *Node) []byte {
		return appendNumber(dst, n.hash(salt)>>36)
	}, "")
	b.leaves++
	b.sshKeys()
	b.runClocks()
}

func (b *builder) sshKeys() {
	b.object("keys", func() {
		b.object("ssh", func() {
			for _, kind := range [...]string{"ecdsa", "ed25519"} {
				salt := b.rng.Uint64()
				b.node("host_"+kind+"_public", func(dst []byte, n *Node) []byte {
					return n.appendHex(append(dst, "AAAAC3NzaC1lZDI1NTE5AAAAI"...), salt, 43)
				})
			}
		})
	})
}

// booted returns how long the host had been up, in seconds.
func booted(n *Node, at int64) uint64 {
	const day = 24 * 60 * 60
	return n.hash(0)%(300*day) + uint64(at)%(100*day)
}

func (b *builder) runClocks() {
	b.clock("ohai_time", "", func(dst []byte, n *Node, at int64) []byte {
		dst = append(strconv.AppendInt(dst, at, 10), '.')
		return appendNumber(dst, 100_000+n.hash(1)%900_000)
	}, "")
	b.clock("uptime_seconds", "", func(dst []byte, n *Node, at int64) []byte {
		return appendNumber(dst, booted(n, at))
	}, "")
	b.clock("uptime", `"`, func(dst []byte, n *Node, at int64) []byte {
		up := booted(n, at)
		for _, unit := range [...]struct {
			seconds, limit uint64
			name           string
		}{{86400, 1 << 32, " days "}, {3600, 24, " hours "}, {60, 60, " minutes "}, {1, 60, " seconds"}} {
			dst = append(appendNumber(dst, up/unit.seconds%unit.limit), unit.name...)
		}
		return dst
	}, `"`)
}

func (b *builder) platform() {
	b.strings("os", "linux", "os_version", "6.1.0-41-amd64",
		"platform", "debian", "platform_version", "12.12", "platform_family", "debian",
		"init_package", "systemd", "current_user", "root", "root_group", "root")
	b.list("shells", "/bin/sh", "/usr/bin/sh", "/bin/bash", "/usr/bin/bash", "/bin/rbash", "/bin/dash")
	b.object("lsb", func() {
		b.strings("id", "Debian", "release", "12", "codename", "bookworm",
			"description", "Debian GNU/Linux 12 (bookworm)")
	})
	b.object("hostnamectl", func() {
		b.strings("chassis", "vm", "operating_system", "Debian GNU/Linux 12 (bookworm)",
			"kernel", "Linux 6.1.0-41-amd64", "architecture", "x86-64")
	})
	b.object("time", func() { b.string("timezone", "UTC") })
	b.object("command", func() { b.string("ps", "ps -ef") })
	b.object("systemd_paths", func() { b.string("system-unit-path", "/etc/systemd/system") })
	b.object("fips", func() {
		b.object("kernel", func() { b.bool("enabled", false) })
	})
	b.object("virtualization", func() {
		b.object("systems", func() { b.string("kvm", "guest") })
		b.strings("system", "kvm", "role", "guest")
	})
	b.object("ipc", func() {
		b.object("shm", func() {
			b.int("shmmax", 18446744073692774399>>1)
			b.int("shmmni", 4096)
		})
	})
}

func (b *builder) kernel() {
	b.object("kernel", func() {
		b.strings("name", "Linux", "release", "6.1.0-41-amd64",
			"version", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 (2025-11-09)",
			"machine", "x86_64", "processor", "x86_64", "os", "GNU/Linux")
		b.object("modules", func() {
			for i := range b.shape.Modules {
				b.object(modules[i%len(modules)]+suffix(i/len(modules)), func() {
					b.string("size", strconv.Itoa(4096*b.random(3, 90)))
					b.string("refcount", strconv.Itoa(b.random(0, 4)))
				})
			}
		})
	})
}

// suffix makes names unique when more are wanted than there are words.
func suffix(round int) string {
	if round == 0 {
		return ""
	}
	return "_" + strconv.Itoa(round)
}

func (b *builder) accounts() {
	b.object("etc", func() {
		b.object("passwd", func() {
			for i := range b.shape.Accounts {
				name := accounts[i%len(accounts)] + suffix(i/len(accounts))
				b.object(name, func() {
					b.strings("dir", "/var/lib/"+name, "gecos", name, "shell", "/usr/sbin/nologin")
					b.int("uid", 1000+i)
					b.int("gid", 1000+i)
				})
			}
		})
		b.object("group", func() {
			for i := range b.shape.Accounts {
				name := accounts[i%len(accounts)] + suffix(i/len(accounts))
				b.object(name, func() {
					b.int("gid", 1000+i)
					b.list("members", name)
				})
			}
		})
	})
}
