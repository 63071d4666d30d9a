package search

// maxNesting bounds the recursion over a document. What lies deeper is stored
// but neither indexed nor merged.
const maxNesting = 500

// A visitor is told what a walk finds, in the terms of the original's
// expansion: scalars, and keys, which are values of the path they stand at.
type visitor interface {
	// child returns the path of key under p.
	child(p *path, key string) (*path, error)
	// scalar is called for every scalar at p, key for every key at p.
	scalar(p *path, text string)
	key(p *path, text string)
	// leave is called after the value of one occurrence of p's key.
	leave(p *path, seen seen)
}

// seen tells what the value of one occurrence of a key consists of.
type seen uint8

const (
	seenScalar     seen = 1 << iota // a scalar at the path itself
	seenKeys                        // an object that is not empty
	seenScalarKeys                  // an object with a key that has a scalar
)

type walker struct {
	visitor
	src  string
	pos  int
	omit string // a key that is left out of the outermost object
}

// walk visits the value of a top-level key. Malformed JSON is visited up to
// the fault.
func walk(v visitor, top *path, raw, omit string) error {
	w := walker{visitor: v, src: raw, omit: omit}
	s, err := w.value(top, 0)
	if err != nil {
		return err
	}
	v.leave(top, s)
	return nil
}

func (w *walker) value(p *path, depth int) (seen, error) {
	w.pos = skipSpace(w.src, w.pos)
	if w.pos >= len(w.src) {
		return 0, errMalformed
	}
	switch c := w.src[w.pos]; c {
	case '{', '[':
		if depth >= maxNesting {
			return 0, w.skip()
		}
		if c == '{' {
			return w.object(p, depth)
		}
		return w.array(p, depth)
	case '"':
		end, err := skipString(w.src, w.pos)
		if err != nil {
			return 0, err
		}
		text := unquote(w.src[w.pos:end])
		w.pos = end
		w.scalar(p, text)
		return seenScalar, nil
	}
	return w.literal(p)
}

func (w *walker) skip() (err error) {
	w.pos, err = skipValue(w.src, w.pos)
	return err
}

func (w *walker) literal(p *path) (seen, error) {
	end := skipLiteral(w.src, w.pos)
	lit := w.src[w.pos:end]
	if lit == "" {
		return 0, errMalformed
	}
	w.pos = end
	switch lit {
	case "null":
		lit = ""
	case "true", "false":
	default:
		lit = numberText(lit)
	}
	w.scalar(p, lit)
	return seenScalar, nil
}

// array is transparent: its elements stand at its own path.
func (w *walker) array(p *path, depth int) (all seen, err error) {
	for w.pos++; ; {
		switch w.next() {
		case ']':
			w.pos++
			return all, nil
		case 0:
			return 0, errMalformed
		}
		s, err := w.value(p, depth+1)
		if err != nil {
			return 0, err
		}
		all |= s
	}
}

func (w *walker) object(p *path, depth int) (all seen, err error) {
	omit := w.omit
	w.omit = ""
	for w.pos++; ; {
		switch w.next() {
		case '}':
			w.pos++
			return all, nil
		case '"':
		default:
			return 0, errMalformed
		}
		key, value, err := memberKey(w.src, w.pos)
		if err != nil {
			return 0, err
		}
		w.pos = value
		if key == omit && omit != "" {
			if err := w.skip(); err != nil {
				return 0, err
			}
			continue
		}
		s, err := w.member(p, key, depth)
		if err != nil {
			return 0, err
		}
		all |= s
	}
}

func (w *walker) member(p *path, key string, depth int) (seen, error) {
	w.key(p, key)
	child, err := w.child(p, key)
	if err != nil {
		return 0, err
	}
	s, err := w.value(child, depth+1)
	if err != nil {
		return 0, err
	}
	w.leave(child, s)
	if s&seenScalar != 0 {
		return seenKeys | seenScalarKeys, nil
	}
	return seenKeys, nil
}

// next returns the byte that the next element, or the end of its container,
// starts with; 0 at the end of the text.
func (w *walker) next() byte {
	w.pos = skipSpace(w.src, w.pos)
	if w.pos < len(w.src) && w.src[w.pos] == ',' {
		w.pos = skipSpace(w.src, w.pos+1)
	}
	if w.pos >= len(w.src) {
		return 0
	}
	return w.src[w.pos]
}
