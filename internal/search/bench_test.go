package search

import (
	"flag"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// The sizes that DESIGN.md reports are those of -search.nodes=10000.
var benchNodes = flag.Int("search.nodes", 300, "nodes in the benchmarks' organization")

// cpuTime is what the process used so far, compactions included.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// settle writes out what is in memory and waits for compactions.
func settle(tb testing.TB, x *Index) {
	if err := x.db.Flush(); err != nil {
		tb.Fatal(err)
	}
	for x.db.Metrics().Compact.NumInProgress > 0 {
		runtime.Gosched()
		time.Sleep(time.Millisecond)
	}
}

func diskUse(tb testing.TB, dir string) (total int64) {
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return nil //nolint:nilerr // compactions remove files while we look
		}
		if info, err := e.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return total
}

// fleet is an organization of n ohai nodes, indexed one save at a time.
type fleet struct {
	m     *memory
	x     *Index
	hosts []*host
	first time.Duration // CPU per node of the first index
	dir   string
}

// indexed makes the fleet's nodes with documents made beforehand, so that
// their making is not measured.
func newFleet(tb testing.TB, n int) *fleet {
	f := &fleet{m: newMemory(), dir: tb.TempDir()}
	f.x = mustOpen(tb, f.dir, f.m)
	o := newOhai(1)
	mustCatchUp(tb, f.x, f.m, org)
	for i := range n {
		h := o.host(i)
		f.hosts = append(f.hosts, h)
		json := h.json(0)
		begin := cpuTime()
		c, obj := f.m.put(org, nodeRef(fmt.Sprintf("web%05d", i)), json)
		f.x.Offer(org, c.Seq, obj)
		mustCatchUp(tb, f.x, f.m, org)
		f.first += cpuTime() - begin
		obj.JSON = nil
		f.m.forget(org, obj.Ref)
	}
	begin := cpuTime()
	settle(tb, f.x)
	f.first = (f.first + cpuTime() - begin) / time.Duration(n)
	return f
}

// forget drops a document that the index has, for the memory's sake.
func (m *memory) forget(org int64, ref Ref) {
	obj := m.org(org).objects[ref]
	obj.JSON = nil
	m.org(org).objects[ref] = obj
}

func (f *fleet) save(tb testing.TB, i, run int) time.Duration {
	json := f.hosts[i].json(run)
	begin := cpuTime()
	c, obj := f.m.put(org, nodeRef(fmt.Sprintf("web%05d", i)), json)
	f.x.Offer(org, c.Seq, obj)
	mustCatchUp(tb, f.x, f.m, org)
	f.m.forget(org, obj.Ref)
	return cpuTime() - begin
}

// BenchmarkFleet reports CPU of the first index and of saves, disk, and the
// time of queries, for one organization.
func BenchmarkFleet(b *testing.B) {
	f := newFleet(b, *benchNodes)
	b.Run("first", func(b *testing.B) {
		for b.Loop() {
		}
		b.ReportMetric(float64(f.first.Microseconds())/1000, "cpu-ms/node")
		b.ReportMetric(float64(diskUse(b, f.dir))/1024/float64(len(f.hosts)), "KiB/node")
		b.ReportMetric(float64(len(f.hosts[0].json(0)))/1000, "kB/document")
		b.ReportMetric(float64(rss())/(1<<20), "MiB-rss")
	})
	b.Run("save", func(b *testing.B) {
		saves := min(2*len(f.hosts), 4000)
		var spent time.Duration
		for i := range saves {
			spent += f.save(b, (i*7)%len(f.hosts), 1+i/len(f.hosts))
		}
		begin := cpuTime()
		settle(b, f.x)
		spent += cpuTime() - begin
		for b.Loop() {
		}
		b.ReportMetric(float64(spent.Microseconds())/1000/float64(saves), "cpu-ms/save")
		b.ReportMetric(float64(diskUse(b, f.dir))/1024/float64(len(f.hosts)), "KiB/node")
	})
	for _, q := range []string{
		"role:app3", "name:web*", "name:web00042", "*:*", "packages:*", "platform:ubuntu AND NOT role:app3",
		"fqdn:*042*", "network_interfaces_*_state:up", "*:centos", `lsb_description:"Ubuntu 22.04.4"`, "NOT role:app3",
		"ohai_time:[1790000000 TO *]",
	} {
		b.Run("query/"+q, func(b *testing.B) {
			for b.Loop() {
				if _, err := f.x.Search(b.Context(), Query{Org: org, Type: TypeNode, Text: q, Rows: 1000}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("partial", func(b *testing.B) {
		paths := []Path{{"name", []string{"name"}}, {"ip", []string{"ipaddress"}}, {"kernel", []string{"kernel", "release"}}}
		begin := cpuTime()
		for b.Loop() {
			if _, err := f.x.Partial(b.Context(), Query{Org: org, Type: TypeNode, Text: "*:*", Rows: 1000}, paths); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64((cpuTime()-begin).Microseconds())/1000/float64(b.N), "cpu-ms/op")
	})
}

// rss is the greatest resident memory so far, in bytes.
func rss() int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return u.Maxrss << 10
}
