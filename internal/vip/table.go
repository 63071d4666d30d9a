package vip

import (
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

const (
	tableName = "tournant_lease"
	setName   = "leased"
)

// fence is what keeps packets in, in one family: a set that holds the VIP while
// it is leased, and chains that drop what has the VIP for its source and is not
// in that set.
type fence struct {
	table *nftables.Table
	set   *nftables.Set
	hooks []hook

	// source is where the sender's address is after the network header's start.
	source uint32
}

type hook struct {
	name     string
	hook     *nftables.ChainHook
	priority *nftables.ChainPriority
}

// fences are two. Whatever is sent by IP passes postrouting last: from sockets
// of any kind, raw ones with a header of their own, and what is forwarded,
// after NAT has had its last chance to make the VIP its source. Output comes
// before, so that nothing later counts what is dropped. ARP, which claims the
// VIP by answers and questions alike, is a family of its own.
//
// The loopback is no exception: no client may read what a fenced host still
// knows, wherever it runs. What is sent by packet sockets passes neither; this
// package's own announcements are the only such here.
func fences() []*fence {
	ip := &fence{
		table:  &nftables.Table{Name: tableName, Family: nftables.TableFamilyIPv4},
		source: 12, // RFC 791, 3.1
		hooks: []hook{
			{"output", nftables.ChainHookOutput, nftables.ChainPriorityRaw},
			{"postrouting", nftables.ChainHookPostrouting, nftables.ChainPriorityLast},
		},
	}
	arp := &fence{
		table:  &nftables.Table{Name: tableName, Family: nftables.TableFamilyARP},
		source: 14,                                                                         // RFC 826, of Ethernet and IPv4
		hooks:  []hook{{"output", nftables.ChainHookRef(1), nftables.ChainPriorityFilter}}, // NF_ARP_OUT
	}
	for _, f := range []*fence{ip, arp} {
		// The id tells sets of one batch apart; the library's own come from a
		// variable that all its users share without a lock.
		f.set = &nftables.Set{Table: f.table, Name: setName, ID: 1, KeyType: nftables.TypeIPAddr, HasTimeout: true}
	}
	return []*fence{ip, arp}
}

// install makes the table anew, empty set and all. One batch: there is no
// moment without it.
func (f *fence) install(c *nftables.Conn, vip netip.Addr) error {
	c.AddTable(f.table) // so that there is one to delete
	c.DelTable(f.table)
	c.AddTable(f.table)
	if err := c.AddSet(f.set, nil); err != nil {
		return err
	}
	accept := nftables.ChainPolicyAccept
	for _, h := range f.hooks {
		chain := c.AddChain(&nftables.Chain{
			Name: h.name, Table: f.table, Type: nftables.ChainTypeFilter,
			Hooknum: h.hook, Priority: h.priority, Policy: &accept,
		})
		c.AddRule(&nftables.Rule{Table: f.table, Chain: chain, Exprs: f.drop(vip)})
	}
	return nil
}

// drop is: source VIP, source not in the set, drop.
func (f *fence) drop(vip netip.Addr) []expr.Any {
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: f.source, Len: 4},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: vip.AsSlice()},
		&expr.Lookup{SourceRegister: 1, SetName: f.set.Name, SetID: f.set.ID, Invert: true},
		&expr.Counter{},
		&expr.Verdict{Kind: expr.VerdictDrop},
	}
}
