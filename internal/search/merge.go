package search

import "strings"

// merged is one key on its way to the top of a node's document: the values
// that the sections give it, the stronger later.
type merged struct {
	key  string
	raws []string
}

// mergeSections merges objects, the later over the earlier: objects key by
// key, all else replaced. A key that one section alone has keeps its bytes.
func mergeSections(sections []string) (document, error) {
	keys, err := gather(sections)
	if err != nil {
		return nil, err
	}
	doc := make(document, 0, len(keys)+8)
	for _, k := range keys {
		raw := k.raws[0]
		if len(k.raws) > 1 {
			if raw, err = mergeValues(k.raws, 0); err != nil {
				return nil, err
			}
		}
		doc = append(doc, member{k.key, raw})
	}
	return doc, nil
}

// gather collects the members of objects by key, in order of appearance.
func gather(objects []string) ([]merged, error) {
	var keys []merged
	at := make(map[string]int)
	for _, o := range objects {
		all, err := members(o)
		if err != nil {
			return nil, err
		}
		for _, m := range lastWins(all) {
			i, ok := at[m.key]
			if !ok {
				i = len(keys)
				at[m.key] = i
				keys = append(keys, merged{key: m.key})
			}
			keys[i].raws = append(keys[i].raws, m.raw)
		}
	}
	return keys, nil
}

// mergeValues returns the JSON of the values merged. Only the objects after
// the last value that is not one take part; below maxNesting only the last.
func mergeValues(raws []string, depth int) (string, error) {
	from := len(raws) - 1
	for from > 0 && raws[from][0] == '{' && raws[from-1][0] == '{' {
		from--
	}
	if raws = raws[from:]; len(raws) == 1 || depth > maxNesting {
		return raws[len(raws)-1], nil
	}
	keys, err := gather(raws)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteByte('{')
	for i, k := range keys {
		if i > 0 {
			b.WriteByte(',')
		}
		raw, err := mergeValues(k.raws, depth+1)
		if err != nil {
			return "", err
		}
		b.WriteString(quote(k.key))
		b.WriteByte(':')
		b.WriteString(raw)
	}
	b.WriteByte('}')
	return b.String(), nil
}
