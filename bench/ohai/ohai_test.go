package ohai

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func aNode(number uint64) *Node {
	return &Node{
		Number: number, Name: "web" + strconv.FormatUint(100_000+number, 10), Environment: "production",
		Role: "web", Recipes: [2]string{"stack00", "stack10"},
	}
}

func newTemplate(t *testing.T, seed uint64, shape Shape) *Template {
	t.Helper()
	template, err := New(seed, shape)
	if err != nil {
		t.Fatal(err)
	}
	return template
}

// flatten returns the scalars of a document by path; array elements by index.
func flatten(t *testing.T, document []byte) map[string]string {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(document))
	decoder.UseNumber()
	var root any
	if err := decoder.Decode(&root); err != nil {
		t.Fatal(err)
	}
	leaves := make(map[string]string, 5_000)
	var walk func(path string, value any)
	walk = func(path string, value any) {
		switch value := value.(type) {
		case map[string]any:
			for name, field := range value {
				walk(path+"|"+name, field)
			}
		case []any:
			for i, item := range value {
				walk(path+"|"+strconv.Itoa(i), item)
			}
		default:
			leaves[path] = fmt.Sprintf("%v", value)
		}
	}
	walk("", root)
	return leaves
}

func TestShapes(t *testing.T) {
	type size struct{ bytes, leaves, gzipped int }
	tests := []struct {
		name  string
		shape Shape
		want  size
		parts map[string]int // bytes by automatic attribute
	}{
		{"compact", Compact(), size{94_000, 3_635, 18_000}, nil},
		{"full", Full(), size{124_000, 5_073, 20_000},
			map[string]int{"packages": 91_000, "filesystem": 14_000, "sysconf": 9_000, "cpu": 6_000}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			template := newTemplate(t, 1, test.shape)
			document := template.Append(nil, aNode(17), 1_800_000_000)
			leaves := flatten(t, document)
			near(t, "bytes", len(document), test.want.bytes, 1)
			near(t, "leaves", len(leaves), test.want.leaves, 2)
			near(t, "gzipped bytes", gzipped(t, document), test.want.gzipped, 12)
			if got := template.Leaves(); got != len(leaves) {
				t.Errorf("Leaves() = %d, the document has %d", got, len(leaves))
			}
			automatic := automaticOf(t, document)
			if len(automatic) != 45 {
				t.Errorf("%d automatic attributes, want 45", len(automatic))
			}
			for name, want := range test.parts {
				near(t, name, len(automatic[name]), want, 8)
			}
		})
	}
}

func near(t *testing.T, what string, got, want, percent int) {
	t.Helper()
	if got < want*(100-percent)/100 || got > want*(100+percent)/100 {
		t.Errorf("%s = %d, want %d within %d %%", what, got, want, percent)
	}
}

func gzipped(t *testing.T, document []byte) int {
	t.Helper()
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write(document); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return z.Len()
}

func automaticOf(t *testing.T, document []byte) map[string]json.RawMessage {
	t.Helper()
	var node struct{ Automatic map[string]json.RawMessage }
	if err := json.Unmarshal(document, &node); err != nil {
		t.Fatal(err)
	}
	return node.Automatic
}

func TestNodeFields(t *testing.T) {
	document := newTemplate(t, 1, Compact()).Append(nil, aNode(17), 1_800_000_000)
	leaves := flatten(t, document)
	want := map[string]string{
		"|name":                      "web100017",
		"|chef_environment":          "production",
		"|json_class":                "Chef::Node",
		"|chef_type":                 "node",
		"|run_list|0":                "role[web]",
		"|automatic|roles|0":         "web",
		"|automatic|recipes|1":       "stack10",
		"|automatic|fqdn":            "web100017.example.net",
		"|automatic|ipaddress":       "10.0.0.27",
		"|normal|site|location":      "rack 17 row 0",
		"|automatic|platform":        "debian",
		"|automatic|kernel|release":  "6.1.0-41-amd64",
		"|automatic|kernel|os":       "GNU/Linux",
		"|automatic|memory|total":    "16384256kB",
		"|automatic|sysconf|ARG_MAX": "2097152",
	}
	for path, value := range want {
		if leaves[path] != value {
			t.Errorf("%s = %s, want %s", path, leaves[path], value)
		}
	}
	if !strings.HasPrefix(leaves["|automatic|ohai_time"], "1800000000.") {
		t.Errorf("ohai_time = %s", leaves["|automatic|ohai_time"])
	}
}

func TestDeterminism(t *testing.T) {
	first := newTemplate(t, 7, Compact()).Append(nil, aNode(3), 1_800_000_000)
	again := newTemplate(t, 7, Compact()).Append(nil, aNode(3), 1_800_000_000)
	other := newTemplate(t, 8, Compact()).Append(nil, aNode(3), 1_800_000_000)
	if !bytes.Equal(first, again) {
		t.Error("the same seed gives another document")
	}
	if bytes.Equal(first, other) {
		t.Error("another seed gives the same document")
	}
}

// The attributes that change between two real runs; uptime comes twice.
const changingAttributes = "memory filesystem counters network cpu uptime uptime_seconds ohai_time"

func TestChanges(t *testing.T) {
	for name, shape := range map[string]Shape{"compact": Compact(), "full": Full()} {
		t.Run(name, func(t *testing.T) {
			template := newTemplate(t, 1, shape)
			seed := uint64(time.Now().UnixNano())
			t.Logf("seed %d", seed)
			rng := rand.New(rand.NewPCG(seed, 0))
			for range 12 {
				node, at := aNode(rng.Uint64N(20_000)), 1_600_000_000+rng.Int64N(400_000_000)
				before := flatten(t, template.Append(nil, node, at))
				after := flatten(t, template.Append(nil, node, at+1+rng.Int64N(Period-1)))
				checkChanges(t, template, before, after)
			}
		})
	}
}

func checkChanges(t *testing.T, template *Template, before, after map[string]string) {
	t.Helper()
	changed := 0
	for path, value := range after {
		if before[path] == value {
			continue
		}
		changed++
		attribute, ok := strings.CutPrefix(path, "|automatic|")
		attribute, _, _ = strings.Cut(attribute, "|")
		if !ok || !slices.Contains(strings.Fields(changingAttributes), attribute) {
			t.Errorf("%s changed", path)
		}
	}
	if want := (len(before)*5 + 50) / 100; changed != want || template.Changing() != want {
		t.Errorf("%d of %d leaves changed, Changing() = %d, want %d", changed, len(before), template.Changing(), want)
	}
}

// Period is a promise about every gauge.
func TestPeriod(t *testing.T) {
	b := &builder{rng: rand.New(rand.NewPCG(1, 0)), shape: Full()}
	b.document(readPackages())
	for _, g := range b.gauges {
		if g.span < Period || g.span%gaugeStep == 0 {
			t.Errorf("a gauge has %d values", g.span)
		}
	}
}

func TestNodesDiffer(t *testing.T) {
	template := newTemplate(t, 1, Compact())
	one := flatten(t, template.Append(nil, aNode(1), 1_800_000_000))
	seen := map[string]bool{}
	for number := range uint64(10_000) {
		address := string(aNode(number).appendAddress(nil))
		if seen[address] {
			t.Fatalf("node %d has the address of another: %s", number, address)
		}
		seen[address] = true
	}
	differing := 0
	for path, value := range flatten(t, template.Append(nil, aNode(2), 1_800_000_000)) {
		if one[path] != value {
			differing++
		}
	}
	if share := differing * 100 / len(one); share < 3 || share > 20 {
		t.Errorf("two nodes differ in %d %% of their leaves", share)
	}
}

func TestImpossibleShapes(t *testing.T) {
	tooMany, tooFast := Compact(), Compact()
	tooMany.Packages = 1_000_000
	tooFast.Changing = 0.5
	for _, shape := range []Shape{tooMany, tooFast} {
		if _, err := New(1, shape); err == nil {
			t.Errorf("New(%+v) succeeds", shape)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	template, err := New(1, Compact())
	if err != nil {
		b.Fatal(err)
	}
	node, document := aNode(17), []byte(nil)
	for b.Loop() {
		document = template.Append(document[:0], node, 1_800_000_000)
	}
	b.SetBytes(int64(len(document)))
}
