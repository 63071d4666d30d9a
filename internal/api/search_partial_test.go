package api

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// Bodies are read before the signature: a stranger must not buy minutes of a
// processor with one of the largest size.
func TestManyPathsTakeLinearTime(t *testing.T) {
	const count = 150_000
	var body strings.Builder
	for i := range count {
		fmt.Fprintf(&body, `,"%d":[]`, i)
	}
	started := time.Now()
	paths, err := parsePaths([]byte("{" + body.String()[1:] + "}"))
	if err != nil || len(paths) != count {
		t.Fatalf("%d paths, %v", len(paths), err)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("%d paths took %s", count, took)
	}
}
