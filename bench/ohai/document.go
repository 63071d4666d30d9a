package ohai

// document writes a whole node, as chef-client sends it.
func (b *builder) document(packages []installed) {
	b.braces(func() {
		b.node("name", func(dst []byte, n *Node) []byte { return append(dst, n.Name...) })
		b.node("chef_environment", func(dst []byte, n *Node) []byte { return append(dst, n.Environment...) })
		b.string("json_class", "Chef::Node")
		b.object("automatic", func() { b.automatic(packages) })
		b.object("normal", b.normal)
		b.string("chef_type", "node")
		b.object("default", b.defaults)
		b.object("override", func() {})
		b.runList("run_list", func(dst []byte, n *Node) []byte {
			return append(append(append(dst, "role["...), n.Role...), ']')
		})
	})
}

// runList writes a list of one string.
func (b *builder) runList(name string, f func(dst []byte, n *Node) []byte) {
	b.nodeList(name, `["`, f, `"]`)
	b.leaves++
}

func (b *builder) automatic(packages []installed) {
	b.host()
	b.platform()
	b.kernel()
	b.cpu()
	b.memory()
	b.blockDevice()
	b.dmi()
	b.filesystem()
	b.network()
	b.counters()
	b.accounts()
	b.languages()
	b.sysconf()
	b.packages(packages)
	b.chefClient()
}

// normal is what the owner of the host has set and no run changes.
func (b *builder) normal() {
	b.list("tags")
	b.object("site", func() {
		b.node("location", appendLocation)
		b.string("contact", "operations@example.net")
	})
}

func appendLocation(dst []byte, n *Node) []byte {
	dst = append(dst, "rack "...)
	dst = appendNumber(dst, n.Rack())
	dst = append(dst, " row "...)
	return appendNumber(dst, n.Row())
}

// defaults are what the attribute files of two cookbooks leave in a node.
func (b *builder) defaults() {
	b.object("service", func() {
		b.string("user", "service")
		b.string("log_dir", "/var/log/service")
		b.int("port", b.random(1024, 32768))
		b.int("workers", b.random(2, 33))
		b.bool("tls", true)
		b.list("listen", "0.0.0.0", "::")
	})
	b.object("backup", func() {
		b.string("schedule", "17 3 * * *")
		b.int("keep_days", b.random(7, 91))
	})
}

// chefClient writes what chef-client itself adds to the automatic attributes.
func (b *builder) chefClient() {
	b.runList("roles", func(dst []byte, n *Node) []byte { return append(dst, n.Role...) })
	b.nodeList("recipes", `["`, func(dst []byte, n *Node) []byte {
		dst = append(dst, n.Recipes[0]...)
		dst = append(dst, `","`...)
		return append(dst, n.Recipes[1]...)
	}, `"]`)
	b.leaves += len(Node{}.Recipes)
	b.object("chef_packages", func() {
		for _, gem := range [...]string{"chef", "ohai"} {
			b.object(gem, func() {
				b.string("version", "18.9.5")
				b.string(gem+"_root", "/opt/chef/embedded/lib/ruby/gems/3.1.0/gems/"+gem+"-18.9.5/lib")
			})
		}
	})
	b.object("ohai", func() {
		b.object("fips", func() { b.bool("kernel", false) })
	})
}
