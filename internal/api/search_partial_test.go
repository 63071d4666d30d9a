package api

import (
	"fmt"
	"strings"
	"testing"
)

// manyPaths is a body that asks for that many paths, all of them empty.
func manyPaths(count int) []byte {
	var body strings.Builder
	for i := range count {
		fmt.Fprintf(&body, `,"%d":[]`, i)
	}
	return []byte("{" + body.String()[1:] + "}")
}

func TestManyPaths(t *testing.T) {
	const count = 150_000
	if paths, err := parsePaths(manyPaths(count)); err != nil || len(paths) != count {
		t.Fatalf("%d paths, %v", len(paths), err)
	}
}

// Bodies are read before the signature: a stranger must not buy minutes of a
// processor with one of the largest size. A path costs the same, however many
// come with it.
func BenchmarkParsePaths(b *testing.B) {
	for _, count := range []int{1_000, 150_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			body := manyPaths(count)
			for b.Loop() {
				if _, err := parsePaths(body); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*count), "ns/path")
		})
	}
}
