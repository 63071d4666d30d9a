package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"tournant/internal/signing"
)

// match compares JSON: same keys, same order of arrays, same values (numbers
// by value, to the last digit). want may be looser in these places:
//
//	"<any>" "<string>" "<int>" "<bool>"      a value of that kind
//	"<hex32>" "<public>" "<private>"         an id, a PEM key
//	{..., "<more>": 0}                       other keys are fine
//	["<unordered>", ...]                     in any order
//	["<containing>", ...]                    in any order, others are fine
func match(want string, got []byte) error {
	w, err := decode([]byte(want))
	if err != nil {
		return fmt.Errorf("the test expects invalid JSON %s: %w", want, err)
	}
	g, err := decode(got)
	if err != nil {
		return fmt.Errorf("not JSON: %w", err)
	}
	return compare("", w, g)
}

func decode(b []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("more than one document")
	}
	return v, nil
}

func compare(at string, want, got any) error {
	switch w := want.(type) {
	case map[string]any:
		return compareObject(at, w, got)
	case []any:
		return compareArray(at, w, got)
	case string:
		return compareString(at, w, got)
	case json.Number:
		return compareNumber(at, w, got)
	}
	if want != got {
		return mismatch(at, want, got)
	}
	return nil
}

func mismatch(at string, want, got any) error {
	return fmt.Errorf("at %s/: want %s, got %s", at, encode(want), encode(got))
}

func encode(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return clip(b)
}

func compareObject(at string, want map[string]any, got any) error {
	g, ok := got.(map[string]any)
	if !ok {
		return mismatch(at, want, got)
	}
	_, open := want["<more>"]
	for key, w := range want {
		if key == "<more>" {
			continue
		}
		value, there := g[key]
		if !there {
			return fmt.Errorf("at %s/: no key %q in %s", at, key, encode(got))
		}
		if err := compare(at+"/"+key, w, value); err != nil {
			return err
		}
	}
	if open {
		return nil
	}
	for key := range g {
		if _, expected := want[key]; !expected {
			return fmt.Errorf("at %s/: unexpected key %q", at, key)
		}
	}
	return nil
}

func compareArray(at string, want []any, got any) error {
	g, ok := got.([]any)
	if !ok {
		return mismatch(at, want, got)
	}
	if len(want) > 0 && (want[0] == "<unordered>" || want[0] == "<containing>") {
		return compareSet(at, want[1:], g, want[0] == "<containing>")
	}
	if len(want) != len(g) {
		return mismatch(at, want, got)
	}
	for i := range want {
		if err := compare(fmt.Sprintf("%s/%d", at, i), want[i], g[i]); err != nil {
			return err
		}
	}
	return nil
}

func compareSet(at string, want, got []any, open bool) error {
	left := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(left, func(g any) bool { return compare(at, w, g) == nil })
		if i < 0 {
			return fmt.Errorf("at %s/: no element %s in %s", at, encode(w), encode(got))
		}
		left = slices.Delete(left, i, i+1)
	}
	if len(left) > 0 && !open {
		return fmt.Errorf("at %s/: unexpected elements %s", at, encode(left))
	}
	return nil
}

func compareNumber(at string, want json.Number, got any) error {
	g, ok := got.(json.Number)
	if !ok {
		return mismatch(at, want, got)
	}
	w, ok1 := new(big.Rat).SetString(want.String())
	v, ok2 := new(big.Rat).SetString(g.String())
	if !ok1 || !ok2 || w.Cmp(v) != 0 {
		return mismatch(at, want, got)
	}
	return nil
}

func compareString(at, want string, got any) error {
	if want == "<any>" {
		return nil
	}
	_, isBool := got.(bool)
	number, isNumber := got.(json.Number)
	s, isString := got.(string)
	ok := isString && s == want
	switch want {
	case "<bool>":
		ok = isBool
	case "<int>":
		ok = isNumber && !strings.ContainsAny(number.String(), ".eE")
	case "<string>":
		ok = isString
	case "<hex32>":
		ok = isString && regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(s)
	case "<public>":
		_, err := signing.ParsePublicKey([]byte(s))
		ok = isString && err == nil
	case "<private>":
		_, err := signing.ParsePrivateKey([]byte(s))
		ok = isString && err == nil
	}
	if !ok {
		return mismatch(at, want, got)
	}
	return nil
}
