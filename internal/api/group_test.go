package api

import (
	"slices"
	"testing"
)

// A body of two megabytes has room for hundreds of thousands of names.
func TestRepeatedNamesCountOnce(t *testing.T) {
	ids := map[string]int64{"a": 7, "b": 3, "alias": 7}
	got := resolve([]string{"a", "b", "gone", "a", "alias", "b"}, func(name string) int64 { return ids[name] })
	if want := []int64{7, 3}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := resolve(nil, nil); got != nil {
		t.Errorf("no list: %v, want nil", got)
	}
	if got := resolve([]string{}, nil); got == nil {
		t.Error("an empty list: nil")
	}
}
