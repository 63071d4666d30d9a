package storage

import "unsafe"

// aligned returns n zero bytes that begin at a multiple of BlockSize, as
// O_DIRECT demands. The garbage collector does not move them.
func aligned(n int) []byte {
	b := make([]byte, n+BlockSize)
	skip := BlockSize - int(uintptr(unsafe.Pointer(unsafe.SliceData(b)))%BlockSize) //nolint:gosec // an address is what it is about
	return b[skip : skip+n : skip+n]
}
