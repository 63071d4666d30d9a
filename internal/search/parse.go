package search

import (
	"errors"

	"tournant/internal/chef"
)

// Bounds on a query, far above what clients send.
const (
	maxQuery  = 256 << 10 // bytes
	maxGroups = 64        // within one another
	maxTerm   = 4096      // characters with wildcards or fuzziness
)

var (
	// errSyntax: not in the original's grammar.
	errSyntax = errors.New("search: not a query")
	// errBackend: in the grammar, but the original's search engine refuses
	// what it is rewritten to.
	errBackend = errors.New("search: no valid query")
)

// parse reads a query. Its errors are chef.Invalid.
func parse(text string) (node, error) {
	p := &parser{src: text}
	group, err := p.query()
	if text == "" || len(text) > maxQuery || p.pos < len(text) {
		err = errSyntax
	}
	if err == nil {
		err = p.fault
	}
	switch {
	case errors.Is(err, errBackend):
		return nil, &chef.Error{Code: chef.Invalid, Message: "invalid index name or query", Err: err}
	case err != nil:
		return nil, &chef.Error{Code: chef.Invalid, Message: "invalid search query: '" + text + "'", Err: err}
	case len(group) == 0:
		return nothing{}, nil // only blanks
	case len(group) == 1 && group[0].occur != mustNot:
		return group[0].node, nil
	}
	return group, nil
}

// parser follows the original's PEG without ever going back: where several of
// its alternatives start alike, they are read as one.
type parser struct {
	src   string
	pos   int
	depth int
	fault error // errBackend, found on the way
}

// operator is a binary operator that waits for its right side.
type operator struct {
	present, and bool
}

// query reads expressions up to something that is none. An operator without a
// right side is part of the grammar; the search engine refused it.
func (p *parser) query() (boolean, error) {
	var group boolean
	if p.accept("*:*") {
		return boolean{{should, everything{}}}, nil
	}
	var op operator
	for {
		if p.spaces() && !op.present {
			continue
		}
		if op.present && p.accept("*:*") {
			group.add(op.and, should, everything{})
			op = operator{}
			continue
		}
		next, ok, err := p.expression(&group, op)
		if err != nil {
			return nil, err
		}
		if !ok {
			break
		}
		op = next
	}
	if op.present {
		p.fault = errBackend
	}
	return group, nil
}

// expression adds one expression to the group and returns the operator that
// follows it. ok is false when there is no expression here.
func (p *parser) expression(group *boolean, op operator) (next operator, ok bool, err error) {
	switch {
	case p.accept("!"):
		p.spaces()
		return operator{}, true, p.negated(group, op)
	case p.acceptNot():
		return operator{}, true, p.negated(group, op)
	case p.accept("-"):
		if p.peek() == '(' {
			return operator{}, false, errSyntax
		}
		return operator{}, true, p.negated(group, op)
	case p.accept("+"):
		n, err := p.plain(false)
		group.add(op.and, must, n)
		return operator{}, true, err
	case p.peek() == '"':
		n, err := p.plain(true)
		group.add(op.and, should, n)
		return operator{}, true, err
	case p.peek() == '(':
		n, err := p.group()
		if err != nil {
			return operator{}, false, err
		}
		group.add(op.and, should, n)
		return p.operator(), true, nil
	}
	return p.word(group, op)
}

// negated adds what follows a negation.
func (p *parser) negated(group *boolean, op operator) error {
	if p.peek() == '(' {
		n, err := p.group()
		group.add(op.and, mustNot, n)
		return err
	}
	if name, ok := p.fieldName(); ok {
		return p.field(group, op, mustNot, name)
	}
	n, err := p.plain(false)
	group.add(op.and, mustNot, n)
	return err
}

// plain reads a term or a string, and the fuzziness or boost behind it where
// the grammar has that.
func (p *parser) plain(modified bool) (node, error) {
	if p.peek() == '"' {
		words, err := p.str()
		if err != nil {
			return nil, err
		}
		return newPhrase(false, "", words, p.modifier(modified)), nil
	}
	w, ok := p.term()
	if !ok {
		return nil, errSyntax
	}
	return newTerm(nil, w, p.modifier(modified))
}

// word adds an expression that starts with a word.
func (p *parser) word(group *boolean, op operator) (next operator, ok bool, err error) {
	if name, ok := p.fieldName(); ok {
		if err := p.field(group, op, should, name); err != nil {
			return operator{}, false, err
		}
		return p.operator(), true, nil
	}
	w, ok := p.term()
	if !ok {
		return operator{}, false, nil
	}
	next = p.operator()
	mod := p.modifier(!next.present)
	n, err := newTerm(nil, w, mod)
	group.add(op.and, should, n)
	return next, true, err
}

// field adds what a key and colon stand before.
func (p *parser) field(group *boolean, op operator, occurs occur, name word) error {
	switch p.peek() {
	case '"':
		words, err := p.str()
		if err != nil {
			return err
		}
		mod := p.modifier(occurs == mustNot && p.peek() == '~')
		group.add(op.and, occurs, newPhrase(true, name.literal(), words, mod))
		return nil
	case '[', '{':
		n, err := p.interval(name)
		group.add(op.and, occurs, n)
		return err
	case '(':
		// The original writes the key in front of the group, which leaves a
		// token with an empty value and a group of its own.
		n, err := newTerm(&name, "", modifier{})
		if err != nil {
			return err
		}
		group.add(op.and, occurs, n)
		inner, err := p.group()
		group.add(false, should, inner)
		return err
	}
	w, ok := p.term()
	if !ok {
		return errSyntax
	}
	n, err := newTerm(&name, w, p.modifier(p.peek() == '~'))
	group.add(op.and, occurs, n)
	return err
}

// group reads a query in parentheses.
func (p *parser) group() (node, error) {
	if p.depth++; p.depth > maxGroups {
		return nil, errSyntax
	}
	p.accept("(")
	inner, err := p.query()
	if err != nil {
		return nil, err
	}
	if !p.accept(")") {
		return nil, errSyntax
	}
	p.depth--
	if len(inner) == 0 {
		p.fault = errBackend
	}
	return inner, nil
}

// interval reads a range in brackets of one kind.
func (p *parser) interval(name word) (node, error) {
	end := "]"
	open := p.accept("{")
	if open {
		end = "}"
	} else {
		p.accept("[")
	}
	low, ok := p.bound()
	if !ok || !p.accept(" TO ") {
		return nil, errSyntax
	}
	high, ok := p.bound()
	if !ok || !p.accept(end) {
		return nil, errSyntax
	}
	if low == "" && high == "" {
		return newTerm(&name, "*", modifier{})
	}
	return newRange(name.literal(), low.literal(), high.literal(), open), nil
}
