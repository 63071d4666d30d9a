package bench

import (
	"fmt"
	"os"
	"testing"
	"testing/fstest"
	"time"
)

func statText(pid, parent int, name string, utime, stime, cutime, cstime int) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, "%d (%s) S %d 1 1 0 -1 4194560 1 0 0 0 %d %d %d %d 20 0 1 0 5 6 7\n",
		pid, name, parent, utime, stime, cutime, cstime)}
}

func statusText(resident, peak int) *fstest.MapFile {
	return &fstest.MapFile{Data: fmt.Appendf(nil, "Name:\tx\nVmHWM:\t%8d kB\nVmRSS:\t%8d kB\nThreads:\t1\n", peak, resident)}
}

func table() fstest.MapFS {
	return fstest.MapFS{
		"10/stat":   statText(10, 1, "post) gres (", 100, 50, 7, 3),
		"10/status": statusText(1_000, 2_000),
		"11/stat":   statText(11, 10, "backend", 1, 2, 0, 0),
		"11/status": statusText(300, 400),
		"12/stat":   statText(12, 11, "vanished between the two files", 4, 0, 0, 0),
		"20/stat":   statText(20, 1, "other", 999, 0, 0, 0),
		"20/status": statusText(5_000, 5_000),
		"meminfo":   &fstest.MapFile{},
		"30/status": statusText(1, 1),
	}
}

func TestUsage(t *testing.T) {
	tests := []struct {
		name  string
		roots []int
		want  usage
		fails bool
	}{
		{"with descendants", []int{10}, usage{167 * tick, 1_300 << 10, 2_400 << 10}, false},
		{"a descendant named too", []int{10, 11}, usage{167 * tick, 1_300 << 10, 2_400 << 10}, false},
		{"several", []int{11, 20}, usage{(7 + 999) * tick, 5_300 << 10, 5_400 << 10}, false},
		{"none", nil, usage{}, false},
		{"gone", []int{30}, usage{}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := processes{proc: table(), roots: test.roots}
			got, err := p.usage()
			if got != test.want || (err != nil) != test.fails {
				t.Errorf("got %+v, %v, want %+v", got, err, test.want)
			}
		})
	}
}

// The real /proc has the process of this test in it.
func TestUsageOfThisProcess(t *testing.T) {
	p := processes{proc: os.DirFS("/proc"), roots: []int{os.Getpid()}}
	before, err := p.usage()
	if err != nil {
		t.Fatal(err)
	}
	if before.resident == 0 || before.peak < before.resident/2 {
		t.Errorf("got %+v", before)
	}
	deadline := time.Now().Add(10 * time.Second)
	for after := before; after.cpu == before.cpu; {
		if time.Now().After(deadline) {
			t.Fatal("ten busy seconds took no CPU")
		}
		if after, err = p.usage(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestUnreadableStat(t *testing.T) {
	for _, text := range []string{"", "1 (x", "1 (x) S", "1 (x) S y 1 1 0 -1 4 1 0 0 0 1 2 3 4 20", "1 (x) S 1 1 1 0 -1 4 1 0 0 0 1 2 y 4 20"} {
		if _, err := parseStat([]byte(text)); err == nil {
			t.Errorf("parseStat(%q) succeeds", text)
		}
	}
	if _, _, err := parseStatus([]byte("VmRSS: many kB\n")); err == nil {
		t.Error("parseStatus succeeds")
	}
}

func FuzzParseStat(f *testing.F) {
	for _, file := range table() {
		f.Add(file.Data)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if s, err := parseStat(text); err != nil && s != (stat{}) {
			t.Errorf("%+v with %v", s, err)
		}
		if resident, peak, err := parseStatus(text); err != nil && resident+peak != 0 {
			t.Errorf("%d, %d with %v", resident, peak, err)
		}
	})
}
