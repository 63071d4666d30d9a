package ohai

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
)

// fill appends the value of one place for that node as ohai saw it at the
// given Unix time.
type fill func(dst []byte, n *Node, at int64) []byte

// slot is a place in the text that depends on the node or on the time.
type slot struct {
	at   int // offset in the text
	fill fill
}

// builder writes a JSON document once and remembers its slots. Keys and values
// must be plain ASCII without characters that JSON escapes, except in text.
type builder struct {
	rng    *rand.Rand
	shape  Shape
	text   []byte
	slots  []slot
	leaves int
	comma  bool // the next element needs one before it

	// Places that change between two runs: clocks change in every run, of the
	// gauges as many as Template wants.
	clocks int
	gauges []*gauge
}

func (b *builder) separate() {
	if b.comma {
		b.text = append(b.text, ',')
	}
	b.comma = true
}

func (b *builder) key(name string) {
	b.separate()
	b.text = append(b.text, '"')
	b.text = append(b.text, name...)
	b.text = append(b.text, '"', ':')
}

func (b *builder) object(name string, fields func()) {
	b.key(name)
	b.braces(fields)
}

func (b *builder) braces(fields func()) {
	b.text = append(b.text, '{')
	b.comma = false
	fields()
	b.text = append(b.text, '}')
	b.comma = true
}

// string writes a field of plain ASCII.
func (b *builder) string(name, value string) {
	b.key(name)
	b.text = append(b.text, '"')
	b.text = append(b.text, value...)
	b.text = append(b.text, '"')
	b.leaves++
}

// quote writes a field of any text.
func (b *builder) quote(name, value string) {
	b.key(name)
	// A string cannot fail to marshal.
	quoted, _ := json.Marshal(value)
	b.text = append(b.text, quoted...)
	b.leaves++
}

// strings writes several fields: name, value, name, value...
func (b *builder) strings(pairs ...string) {
	for i := 0; i+1 < len(pairs); i += 2 {
		b.string(pairs[i], pairs[i+1])
	}
}

func (b *builder) int(name string, value int) {
	b.key(name)
	b.text = strconv.AppendInt(b.text, int64(value), 10)
	b.leaves++
}

func (b *builder) bool(name string, value bool) {
	b.key(name)
	b.text = strconv.AppendBool(b.text, value)
	b.leaves++
}

func (b *builder) list(name string, values ...string) {
	b.key(name)
	b.text = append(b.text, '[')
	b.comma = false
	for _, value := range values {
		b.separate()
		b.text = append(b.text, '"')
		b.text = append(b.text, value...)
		b.text = append(b.text, '"')
	}
	b.text = append(b.text, ']')
	b.comma = true
	b.leaves += len(values)
}

// slot leaves the place to f.
func (b *builder) slot(f fill) {
	b.slots = append(b.slots, slot{at: len(b.text), fill: f})
}

// node writes a string field that f fills from the node alone.
func (b *builder) node(name string, f func(dst []byte, n *Node) []byte) {
	b.nodeList(name, `"`, f, `"`)
	b.leaves++
}

// nodeList writes a field whose value f fills between open and end.
func (b *builder) nodeList(name, open string, f func(dst []byte, n *Node) []byte, end string) {
	b.key(name)
	b.text = append(b.text, open...)
	b.slot(func(dst []byte, n *Node, _ int64) []byte { return f(dst, n) })
	b.text = append(b.text, end...)
}

// random returns a number in [low, high).
func (b *builder) random(low, high int) int { return low + b.rng.IntN(high-low) }
