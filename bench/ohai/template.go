package ohai

import (
	"fmt"
	"math/rand/v2"
)

// Shape says how much of everything a host has, which decides the size of its
// document.
type Shape struct {
	Packages int // at most 1,076
	Mounts   int
	CPUs     int
	Accounts int
	Modules  int // of the kernel

	// Changing is the share of the leaves that change from run to run.
	Changing float64
}

// Compact is the document of the single loads: 94 kB, about 3,600 leaves, 5 %
// of which change.
func Compact() Shape {
	return Shape{Packages: 742, Mounts: 13, CPUs: 2, Accounts: 10, Modules: 24, Changing: 0.05}
}

// Full is the document that was seen on Debian with 1,076 packages: 124 kB,
// about 5,073 leaves.
func Full() Shape {
	return Shape{Packages: 1076, Mounts: 15, CPUs: 5, Accounts: 2, Modules: 3, Changing: 0.05}
}

// Template renders documents of one shape. It does not change any more and may
// be used concurrently.
type Template struct {
	text     []byte
	slots    []slot
	leaves   int
	changing int
}

// New makes the template of a shape. It fails for a shape that cannot be had.
func New(seed uint64, shape Shape) (*Template, error) {
	packages := readPackages()
	if shape.Packages > len(packages) {
		return nil, fmt.Errorf("ohai: %d packages asked for, %d known", shape.Packages, len(packages))
	}
	b := &builder{rng: rand.New(rand.NewPCG(seed, 0)), shape: shape}
	b.document(packages)
	changing := int(shape.Changing*float64(b.leaves) + 0.5)
	if err := b.choose(changing); err != nil {
		return nil, err
	}
	return &Template{text: b.text, slots: b.slots, leaves: b.leaves, changing: changing}, nil
}

// choose lets as many gauges change, evenly spread over the document, as make
// changing leaves together with the clocks.
func (b *builder) choose(changing int) error {
	want := changing - b.clocks
	if want < 0 || want > len(b.gauges) {
		return fmt.Errorf("ohai: %d changing leaves asked for, %d to %d possible",
			changing, b.clocks, b.clocks+len(b.gauges))
	}
	for i, g := range b.gauges {
		if (i+1)*want/len(b.gauges) != i*want/len(b.gauges) {
			g.step = gaugeStep
		}
	}
	return nil
}

// Leaves returns the number of scalars in a document.
func (t *Template) Leaves() int { return t.leaves }

// Period is the time, in seconds, after which the first values may come back:
// two documents of a node whose times are different and closer than that
// differ in exactly Changing leaves.
const Period = 89

// Changing returns how many leaves change from run to run.
func (t *Template) Changing() int { return t.changing }

// Append appends the document of a node whose ohai ran at that Unix time. The
// node's strings must need no escaping in JSON.
func (t *Template) Append(dst []byte, n *Node, at int64) []byte {
	from := 0
	for _, s := range t.slots {
		dst = append(dst, t.text[from:s.at]...)
		dst = s.fill(dst, n, at)
		from = s.at
	}
	return append(dst, t.text[from:]...)
}
