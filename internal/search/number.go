package search

import (
	"math"
	"strconv"
	"strings"
)

// numberText spells a JSON number as the original indexes it: integers digit
// by digit however long, floats in Erlang's shortest form.
func numberText(lit string) string {
	if strings.ContainsAny(lit, ".eE") {
		return floatText(lit)
	}
	if lit == "-0" {
		return "0"
	}
	return lit
}

func floatText(lit string) string {
	f, err := strconv.ParseFloat(lit, 64)
	if err != nil {
		return lit
	}
	if f == 0 {
		if math.Signbit(f) {
			return "-0.0"
		}
		return "0.0"
	}
	sign := ""
	if f < 0 {
		sign, f = "-", -f
	}
	mantissa, exp, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
	e, err := strconv.Atoi(exp)
	if err != nil {
		return lit
	}
	digits := strings.Replace(mantissa, ".", "", 1)
	return sign + placePoint(digits, e+1, f)
}

// placePoint writes 0.digits × 10^place, positionally unless an exponent is
// shorter: the rule of Erlang's io_lib_format, from which "~p" prints floats.
func placePoint(digits string, place int, f float64) string {
	if 0 < place && place < len(digits) {
		return digits[:place] + "." + digits[place:]
	}
	if place == 0 {
		return "0." + digits
	}
	exp := strconv.Itoa(place - 1)
	cost := len(exp) + 2
	if len(digits) == 1 {
		cost++
	}
	switch {
	case place < 0 && 2-place <= cost:
		return "0." + strings.Repeat("0", -place) + digits
	case place > 0 && place-len(digits)+2 <= cost && f < 1<<53:
		return digits + strings.Repeat("0", place-len(digits)) + ".0"
	case len(digits) == 1:
		return digits + ".0e" + exp
	}
	return digits[:1] + "." + digits[1:] + "e" + exp
}
