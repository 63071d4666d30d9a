package search

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// An ohai makes node documents like those of real hosts: 124 kB with 5,000
// leaves, of which 4,300 are the versions of 1,076 packages. Hosts of one fleet
// have most packages in common.
type ohai struct {
	rng      *rand.Rand
	packages []string
}

func newOhai(seed uint64) *ohai {
	o := &ohai{rng: rand.New(rand.NewPCG(seed, 1))}
	for i := range 1076 {
		o.packages = append(o.packages, fmt.Sprintf("%s%s-%d", o.syllables(2), []string{"", "-lib", "-dev", "-common"}[i%4], i))
	}
	return o
}

func (o *ohai) syllables(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString([]string{"py", "lib", "gno", "x", "perl", "net", "fs", "kern", "sys", "dev", "gtk", "ssl", "cu", "rs"}[o.rng.IntN(14)])
	}
	return b.String()
}

// host is one node. What identifies it stays the same between saves; what a
// chef-client run measures anew is drawn from rng.
type host struct {
	*ohai
	n   int
	own *rand.Rand
}

func (o *ohai) host(n int) *host {
	return &host{o, n, rand.New(rand.NewPCG(uint64(n), 2))}
}

// json returns the node as saved at its run-th run. Between runs 5 % of the
// leaves change, all of them under memory, filesystem, counters, network, cpu,
// uptime and ohai_time.
func (h *host) json(run int) string {
	h.own = rand.New(rand.NewPCG(uint64(h.n), 2))
	now := rand.New(rand.NewPCG(uint64(h.n), uint64(1000+run)))
	var b strings.Builder
	fmt.Fprintf(&b, `{"name":"web%05d","chef_environment":"%s","json_class":"Chef::Node","chef_type":"node",`, h.n, []string{"production", "staging", "dev"}[h.n%3])
	fmt.Fprintf(&b, `"run_list":["role[base]","role[app%d]","recipe[nginx::default]"],"normal":{"tags":["t%d"]},`, h.n%20, h.n%7)
	b.WriteString(`"default":{"nginx":{"worker_processes":4,"sites":["a","b"]},"app":{"port":8080}},"override":{"app":{"port":9090}},"automatic":{`)
	h.constant(&b)
	h.measured(&b, run, now)
	b.WriteString(`"roles":["base","app"],"recipes":["nginx","nginx::default"]}}`)
	return b.String()
}

func (h *host) constant(b *strings.Builder) {
	fmt.Fprintf(b, `"hostname":"web%05d","fqdn":"web%05d.example.com","domain":"example.com","machinename":"web%05d","ipaddress":"10.%d.%d.%d","macaddress":"02:00:%02x:%02x:%02x:01",`,
		h.n, h.n, h.n, h.n>>16, h.n>>8&255, h.n&255, h.n>>16&255, h.n>>8&255, h.n&255)
	fmt.Fprintf(b, `"os":"linux","os_version":"5.15.0-%d-generic","platform":"ubuntu","platform_family":"debian","platform_version":"22.04","machine_id":"%032x",`, 80+h.n%9, h.own.Uint64())
	b.WriteString(`"lsb":{"id":"Ubuntu","release":"22.04","codename":"jammy","description":"Ubuntu 22.04.4 LTS"},"languages":{"ruby":{"version":"3.1.2","platform":"x86_64-linux-gnu"},"python":{"version":"3.10.12"},"perl":{"version":"5.34.0"}},`)
	b.WriteString(`"kernel":{"name":"Linux","release":"5.15.0","version":"#123-Ubuntu SMP Mon Feb 10 12:00:00 UTC 2026","machine":"x86_64","modules":{`)
	for i := range 60 {
		fmt.Fprintf(b, `"mod_%d":{"size":"%d","refcount":"%d"},`, i, 16384*(1+i%9), i%4)
	}
	b.WriteString(`"end":{}}},"sysconf":{`)
	for i := range 100 {
		fmt.Fprintf(b, `"_SC_LIMIT_%d":%d,`, i, i*1024)
	}
	b.WriteString(`"_SC_END":-1},"etc":{"passwd":{`)
	for i := range 25 {
		fmt.Fprintf(b, `"user%d":{"dir":"/home/user%d","gid":%d,"uid":%d,"shell":"/bin/bash","gecos":"User %d,,,"},`, i, i, 1000+i, 1000+i, i)
	}
	b.WriteString(`"root":{"dir":"/root","gid":0,"uid":0}}},"packages":{`)
	for i, p := range h.packages {
		if i > 0 {
			b.WriteByte(',')
		}
		rel, date := i%17, 1700000000+i
		if h.own.IntN(10) == 0 {
			rel, date = rel+h.own.IntN(5), date+h.own.IntN(1e7)
		}
		fmt.Fprintf(b, `"%s":{"version":"%d.%d.%d","release":"%d.el9","installdate":"%d","arch":"x86_64"}`, p, i%9, i%23, i%31, rel, date)
	}
	b.WriteString(`},`)
}

func (h *host) measured(b *strings.Builder, run int, now *rand.Rand) {
	fmt.Fprintf(b, `"ohai_time":%d.%d,"uptime":"%d days","uptime_seconds":%d,"idletime_seconds":%d,`, 1790000000+run*1800, now.IntN(1e6), run, run*1800, now.IntN(1e8))
	b.WriteString(`"memory":{"swap":{"total":"0kB","free":"0kB"}`)
	for _, k := range []string{"total", "hugepages_total"} {
		fmt.Fprintf(b, `,"%s":"%dkB"`, k, 1<<24)
	}
	for _, k := range []string{"free", "available", "buffers", "cached", "active", "inactive", "dirty", "writeback", "anon_pages", "mapped", "slab", "slab_reclaimable", "slab_unreclaim", "page_tables", "committed_as", "kernel_stack", "shmem"} {
		fmt.Fprintf(b, `,"%s":"%dkB"`, k, now.IntN(1<<24))
	}
	b.WriteString(`},"cpu":{"total":8,"real":4,"cores":8`)
	for i := range 8 {
		fmt.Fprintf(b, `,"%d":{"vendor_id":"GenuineIntel","family":"6","model":"85","model_name":"Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz","stepping":"7","mhz":"%d.%03d","cache_size":"36608 KB","flags":["fpu","vme","de","pse","tsc","msr"]}`, i, 2500+now.IntN(600), now.IntN(1000))
	}
	b.WriteString(`},"filesystem":{"by_device":{`)
	for i := range 12 {
		fmt.Fprintf(b, `"/dev/nvme%dn1":{"kb_size":"52428800","kb_used":"%d","kb_available":"%d","percent_used":"%d%%","inodes_used":"%d","inodes_available":"%d","fs_type":"ext4","mount_options":["rw","relatime"],"mounts":["/data%d"]},`,
			i, now.IntN(1e8), now.IntN(1e8), now.IntN(100), now.IntN(1e6), now.IntN(1e6), i)
	}
	b.WriteString(`"tmpfs":{"kb_size":"100"}}},"counters":{"network":{"interfaces":{`)
	for i := range 6 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `"eth%d":{"rx":{"bytes":"%d","packets":"%d","errors":"0","drop":"0","overrun":"0"},"tx":{"bytes":"%d","packets":"%d","errors":"0","drop":"0","carrier":"0","collisions":"0","queuelen":"1000"}}`,
			i, now.Uint32(), now.Uint32(), now.Uint32(), now.Uint32())
	}
	b.WriteString(`}}},"network":{"default_interface":"eth0","default_gateway":"10.0.0.1","interfaces":{`)
	for i := range 6 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `"eth%d":{"type":"eth","number":"%d","mtu":"1500","flags":["BROADCAST","MULTICAST","UP"],"encapsulation":"Ethernet","state":"up","addresses":{"10.%d.%d.%d":{"family":"inet","prefixlen":"16","scope":"Global"}},"arp":{`,
			i, i, h.n>>8&255, h.n&255, i)
		for j := range 15 {
			if j > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(b, `"10.0.%d.%d":"02:42:%02x:%02x:%02x:%02x"`, i, j, i, j, h.n&255, now.IntN(256))
		}
		b.WriteString(`}}`)
	}
	b.WriteString(`}},`)
}
