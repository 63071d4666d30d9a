package ohai

import "strconv"

// gauge is a number that may change between two runs of ohai: a counter, a
// fill level, a clock rate.
type gauge struct {
	low, span uint64 // values are in [low, low+span)
	salt      uint64

	// step is 0 when the number keeps the value that the node's number gives
	// it, and else has no factor in common with span: then span seconds pass
	// before a value comes back.
	step uint64
}

// gaugeStep is prime and larger than any factor of a span.
const gaugeStep = 7919

func (g *gauge) fill(dst []byte, n *Node, at int64) []byte {
	value := n.hash(g.salt)%g.span + g.step%g.span*(uint64(at)%g.span)
	return strconv.AppendUint(dst, g.low+value%g.span, 10)
}

// gauge writes the field name with a number of that range, between before and
// after: ohai puts most numbers into strings, some with a unit.
func (b *builder) gauge(name, before string, low, span uint64, after string) {
	g := &gauge{low: low, span: span, salt: b.rng.Uint64()}
	b.gauges = append(b.gauges, g)
	b.key(name)
	b.text = append(b.text, before...)
	b.slot(g.fill)
	b.text = append(b.text, after...)
	b.leaves++
}

// count writes a counter of that many digits, as a string.
func (b *builder) count(name string, digits int) {
	low := uint64(1)
	for range digits - 1 {
		low *= 10
	}
	b.gauge(name, `"`, low, 9*low, `"`)
}

// kilobytes writes a fill level of the order of size, as ohai does.
func (b *builder) kilobytes(name string, size uint64) {
	b.gauge(name, `"`, size/2, size/2, `kB"`)
}

// percent writes a percentage from 3 to 99, a prime number of values.
func (b *builder) percent(name string) { b.gauge(name, `"`, 3, 97, `%"`) }

// clock writes a field that is different after every second.
func (b *builder) clock(name, before string, f fill, after string) {
	b.clocks++
	b.key(name)
	b.text = append(b.text, before...)
	b.slot(f)
	b.text = append(b.text, after...)
	b.leaves++
}
