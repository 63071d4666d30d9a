package vip

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/mdlayher/netlink"
)

const tableName, chainName = "tournant_lease", "out"

// The halves of a lease.
const (
	renewed = iota
	confirmed
	halves
)

// fence is what keeps packets in, in one family: a set for each half of the
// lease, which holds the VIP while that has time left, and a chain that drops
// what has the VIP for its source and is not in both.
type fence struct {
	table    *nftables.Table
	sets     [halves]*nftables.Set
	hook     *nftables.ChainHook
	priority *nftables.ChainPriority

	// source is where the sender's address is after the network header's start.
	source uint32
}

// fences are two. Whatever is sent by IP passes postrouting last: from sockets
// of any kind, raw ones with a header of their own, and what is forwarded,
// after NAT has had its last chance to make the VIP its source. ARP, which
// claims the VIP by answers and questions alike, is a family of its own.
//
// The loopback is no exception: no client may read what a fenced host still
// knows, wherever it runs. What is sent by packet sockets passes neither; this
// package's own announcements are the only such here.
func fences() []*fence {
	arpOut := nftables.ChainHookRef(1) // NF_ARP_OUT
	return []*fence{
		newFence(nftables.TableFamilyIPv4, nftables.ChainHookPostrouting, nftables.ChainPriorityLast, 12), // RFC 791, 3.1
		newFence(nftables.TableFamilyARP, arpOut, nftables.ChainPriorityFilter, 14),                       // RFC 826, with Ethernet
	}
}

func newFence(family nftables.TableFamily, hook *nftables.ChainHook, priority *nftables.ChainPriority, source uint32) *fence {
	table := &nftables.Table{Name: tableName, Family: family}
	f := &fence{table: table, hook: hook, priority: priority, source: source}
	for i, name := range [halves]string{renewed: "renewed", confirmed: "confirmed"} {
		// The id tells sets of one batch apart; the library's own come from a
		// variable that all its users share without a lock.
		f.sets[i] = &nftables.Set{Table: table, Name: name, ID: uint32(i + 1), KeyType: nftables.TypeIPAddr, HasTimeout: true}
	}
	return f
}

// install makes the table anew, with empty sets. One batch: there is no
// moment without it.
func (f *fence) install(c *nftables.Conn, vip netip.Addr) error {
	c.AddTable(f.table) // so that there is one to delete
	c.DelTable(f.table)
	return f.restore(c, vip)
}

// restore makes what is missing of the table, as after `nft flush ruleset`, and
// the rules anew, which `nft flush table` takes away. What is in the sets stays.
func (f *fence) restore(c *nftables.Conn, vip netip.Addr) error {
	c.AddTable(f.table)
	for _, set := range f.sets {
		if err := c.AddSet(set, nil); err != nil {
			return err
		}
	}
	accept := nftables.ChainPolicyAccept
	chain := c.AddChain(&nftables.Chain{
		Name: chainName, Table: f.table, Type: nftables.ChainTypeFilter,
		Hooknum: f.hook, Priority: f.priority, Policy: &accept,
	})
	c.FlushChain(chain)
	for _, set := range f.sets {
		c.AddRule(&nftables.Rule{Table: f.table, Chain: chain, Exprs: f.drop(vip, set)})
	}
	return nil
}

// whole tells whether the rules are there and no others, so that they need not
// be made anew: to replace rules takes the kernel 16 ms, to list them 0.1.
func (f *fence) whole(c *nftables.Conn, vip netip.Addr) bool {
	rules, err := c.GetRules(f.table, &nftables.Chain{Name: chainName, Table: f.table})
	if err != nil || len(rules) != len(f.sets) {
		return false
	}
	for i, set := range f.sets {
		if !slices.EqualFunc(rules[i].Exprs, f.drop(vip, set), same) {
			return false
		}
	}
	return true
}

// same compares two expressions but for what the kernel counts and what it
// does not tell.
func same(a, b expr.Any) bool {
	if look, ok := b.(*expr.Lookup); ok {
		is, ok := a.(*expr.Lookup)
		return ok && is.SetName == look.SetName && is.SourceRegister == look.SourceRegister && is.Invert == look.Invert
	}
	if _, ok := b.(*expr.Counter); ok {
		_, ok = a.(*expr.Counter)
		return ok
	}
	return reflect.DeepEqual(a, b)
}

// drop is: source VIP, source not in the set, drop.
func (f *fence) drop(vip netip.Addr, set *nftables.Set) []expr.Any {
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: f.source, Len: 4},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: vip.AsSlice()},
		&expr.Lookup{SourceRegister: 1, SetName: set.Name, SetID: set.ID, Invert: true},
		&expr.Counter{},
		&expr.Verdict{Kind: expr.VerdictDrop},
	}
}

// Supported returns an error if this host's kernel has no nftables, or does not
// answer the caller.
func Supported() error {
	conn, err := nftables.New(nftables.WithSockOptions(func(c *netlink.Conn) error {
		return c.SetDeadline(time.Now().Add(within))
	}))
	if err == nil {
		_, err = conn.ListTablesOfFamily(nftables.TableFamilyIPv4)
	}
	if err != nil {
		return fmt.Errorf("vip: ask the kernel for its nftables: %w", err)
	}
	return nil
}
