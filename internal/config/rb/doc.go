// Package rb evaluates the Ruby that chef-server.rb files are written in:
// settings assigned from literals, from one another and from the environment,
// and conditions on those. It is no Ruby: there are no loops, methods, files or
// processes, so that a file always ends and says the same on every host. What
// it leaves out is refused with the line and what to write instead.
package rb

// The limits keep any input, however made, to a bounded time and memory.
const (
	maxSource = 1 << 20 // bytes of a file
	maxDepth  = 100     // of nested expressions, and of strings within strings
	maxString = 1 << 20 // bytes of one string
	maxBytes  = 1 << 24 // bytes of all strings that an evaluation makes
	maxCells  = 1 << 18 // elements of all arrays and hashes that it makes
	maxWork   = 1 << 24 // bytes and elements that it looks at
)
