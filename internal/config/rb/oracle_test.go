package rb_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"reflect"
	"testing"
)

// TestAgainstRuby holds that files mean here what they mean to Ruby itself.
func TestAgainstRuby(t *testing.T) {
	sources := make([]string, 0, len(evaluations))
	for _, test := range evaluations {
		sources = append(sources, test.source)
	}
	in, err := json.Marshal(sources)
	if err != nil {
		t.Fatal(err)
	}
	ruby := exec.Command("ruby", "-W0", "testdata/oracle.rb")
	ruby.Stdin = bytes.NewReader(in)
	out, err := ruby.Output()
	if err != nil {
		t.Fatalf("ruby: %v", err)
	}
	var results []string
	if err := json.Unmarshal(out, &results); err != nil || len(results) != len(sources) {
		t.Fatalf("ruby printed %s: %v", out, err)
	}
	for i, test := range evaluations {
		if !sameJSON(results[i], test.want) {
			t.Errorf("%s\nhere %s\nruby %s", test.source, test.want, results[i])
		}
	}
}

// sameJSON compares without the order of keys and the digits of numbers.
func sameJSON(a, b string) bool {
	var x, y any
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return reflect.DeepEqual(x, y)
}
