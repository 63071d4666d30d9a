package blob

import (
	"cmp"
	"net/url"
	"slices"
	"strings"
)

type queryParameter struct{ name, value string } // escaped in the canonical form

// sigv4Query is a query in its canonical order.
type sigv4Query []queryParameter

func parseQuery(raw string) (sigv4Query, error) {
	var query sigv4Query
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, nameErr := url.QueryUnescape(name)
		value, valueErr := url.QueryUnescape(value)
		if nameErr != nil || valueErr != nil {
			return nil, denied("The query cannot be decoded")
		}
		query = append(query, queryParameter{string(appendEscaped(nil, name)), string(appendEscaped(nil, value))})
	}
	slices.SortFunc(query, func(a, b queryParameter) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.value, b.value))
	})
	return query, nil
}

func (q sigv4Query) has(name string) bool {
	return slices.ContainsFunc(q, func(p queryParameter) bool { return p.name == name })
}

// only returns the decoded value of a parameter that occurs once.
func (q sigv4Query) only(name string) (string, bool) {
	i := slices.IndexFunc(q, func(p queryParameter) bool { return p.name == name })
	if i < 0 || q[i+1:].has(name) {
		return "", false
	}
	value, err := url.PathUnescape(q[i].value)
	return value, err == nil
}

func (q sigv4Query) append(b []byte) []byte {
	for i, p := range q {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, p.name...)
		b = append(b, '=')
		b = append(b, p.value...)
	}
	return b
}
