package depsolver

// slab hands out pieces of larger allocations: one solve makes thousands of
// small slices that all die together.
type slab[T any] struct{ free []T }

const slabSize = 256

// take returns n zero values. The result's capacity is n, so that appending to
// it cannot reach the next piece.
func (s *slab[T]) take(n int) []T {
	if n > len(s.free) {
		s.free = make([]T, max(n, slabSize))
	}
	piece := s.free[:n:n]
	s.free = s.free[n:]
	return piece
}
