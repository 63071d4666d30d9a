package chef

import (
	"fmt"
	"testing"
)

// Of a key given twice the last value counts, at the place of the first, in
// objects of any size.
func TestParseFieldsRepeatedKeys(t *testing.T) {
	for _, size := range []int{2, manyFields, manyFields + 1, 3 * manyFields} {
		body := []byte("{")
		for round := range 2 {
			for i := range size {
				if len(body) > 1 {
					body = append(body, ',')
				}
				body = fmt.Appendf(body, `"k%d":%d`, i, round)
			}
		}
		f, err := ParseFields(append(body, '}'))
		if err != nil {
			t.Fatal(err)
		}
		if len(f.list) != size {
			t.Fatalf("%d keys, want %d", len(f.list), size)
		}
		for i, x := range f.list {
			if x.key != fmt.Sprint("k", i) || string(x.value) != "1" {
				t.Fatalf("of %d: field %d is %s: %s", size, i, x.key, x.value)
			}
		}
	}
}

// A body is taken apart before it is known who sent it, so the largest must not
// cost more than its bytes.
func BenchmarkParseFieldsOfManyKeys(b *testing.B) {
	body := []byte(`{"k":0`)
	for i := 0; len(body) < 1_900_000; i++ {
		body = fmt.Appendf(body, `,"%032x":null`, i)
	}
	body = append(body, '}')
	for b.Loop() {
		if _, err := ParseFields(body); err != nil {
			b.Fatal(err)
		}
	}
}
