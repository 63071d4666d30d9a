package ohai

import (
	_ "embed"
	"strings"
)

// The packages of Debian 12 that several common servers and desktops pull in:
// name, version and architecture, chosen so that all of them take 91 kB in a
// node.
//
//go:embed data/packages.txt
var packageList string

// What getconf -a prints on Debian 12: name and value.
//
//go:embed data/sysconf.txt
var sysconfList string

type installed struct{ name, version, arch string }

func readPackages() []installed {
	var list []installed
	for line := range strings.Lines(packageList) {
		f := strings.Fields(line)
		list = append(list, installed{name: f[0], version: f[1], arch: f[2]})
	}
	return list
}

// packages writes as many as the shape asks for, spread over the alphabet.
func (b *builder) packages(all []installed) {
	b.object("packages", func() {
		want := b.shape.Packages
		for i, p := range all {
			if (i+1)*want/len(all) != i*want/len(all) {
				b.object(p.name, func() { b.pkg(p) })
			}
		}
	})
}

// pkg lets the last digit of a security update differ from host to host: not
// all have been patched to the same level.
func (b *builder) pkg(p installed) {
	level, patched := strings.CutSuffix(p.version, "u1")
	if patched {
		salt := b.rng.Uint64()
		b.node("version", func(dst []byte, n *Node) []byte {
			return appendNumber(append(append(dst, level...), 'u'), 1+n.hash(salt)%3)
		})
	} else {
		b.string("version", p.version)
	}
	b.strings("arch", p.arch, "status", "installed")
}

func (b *builder) sysconf() {
	b.object("sysconf", func() {
		for line := range strings.Lines(sysconfList) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
			b.quote(name, value)
		}
	})
}

func (b *builder) languages() {
	b.object("languages", func() {
		b.object("perl", func() { b.strings("version", "5.36.0", "archname", "x86_64-linux-gnu-thread-multi") })
		b.object("python", func() { b.strings("version", "3.11.2", "builddate", "Apr 28 2025, 14:11:48") })
		b.object("ruby", func() {
			b.strings("version", "3.1.7", "platform", "x86_64-linux", "target_os", "linux",
				"bin_dir", "/opt/chef/embedded/bin", "gem_bin", "/opt/chef/embedded/bin/gem")
		})
	})
}
