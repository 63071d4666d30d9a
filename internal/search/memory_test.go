package search

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// What is remembered of a document must not be a part of it: a key of twenty
// bytes would keep its hundred thousand.
func TestIndexedDocumentsAreNotKept(t *testing.T) {
	const documents, size = 120, 1 << 20
	m := newMemory()
	x := mustOpen(t, t.TempDir(), m)
	before := heap()
	for i := range documents {
		name := fmt.Sprintf("n%d", i)
		m.put(org, nodeRef(name), fmt.Sprintf(`{"name":%q,"automatic":{"key-%d":"v","filler":"%s"}}`,
			name, i, strings.Repeat("x", size)))
		mustCatchUp(t, x, m, org)
		m.put(org, nodeRef(name), `{"name":"`+name+`"}`) // so that only the index could keep the large one
	}
	// The store's own buffers and caches are under 40 MB.
	if grown := heap() - before; grown > documents*size/2 {
		t.Errorf("%d documents of %d bytes left %d bytes behind", documents, size, grown)
	}
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
