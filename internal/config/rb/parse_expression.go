package rb

// condition reads an expression with and, or and not, which bind less than
// anything.
func (p *parser) condition() (node, *Error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	l, err := p.negation()
	if err != nil {
		return nil, err
	}
	for n := 0; p.cur().isKeyword("and") || p.cur().isKeyword("or"); n++ {
		t := p.next()
		r, err := p.negation()
		if err != nil {
			return nil, err
		}
		if err := p.chain(n); err != nil {
			return nil, err
		}
		op := map[string]string{"and": "&&", "or": "||"}[t.text]
		l = &binaryNode{op: op, l: l, r: r, line: t.line}
	}
	return l, nil
}

func (p *parser) negation() (node, *Error) {
	negated := false
	for p.acceptKeyword("not") {
		negated = !negated
	}
	x, err := p.ternary()
	if err != nil {
		return nil, err
	}
	return negate(x, negated), nil
}

// ternary reads `a ? b : c`, or an expression without.
func (p *parser) ternary() (node, *Error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	condition, err := p.binary(0)
	if err != nil || !p.accept("?") {
		return condition, err
	}
	then, err := p.ternary()
	if err != nil {
		return nil, err
	}
	if err := p.expect(":"); err != nil {
		return nil, err
	}
	rest, err := p.ternary()
	if err != nil {
		return nil, err
	}
	return &chooseNode{clauses: []clause{{condition, then}}, rest: rest}, nil
}

// precedence of the operators that are evaluated, from loose to tight.
var precedence = map[string]int{
	"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6, "**": 7,
}

// binary reads operators that bind tighter than so much.
func (p *parser) binary(loosest int) (node, *Error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	l, err := p.unary()
	if err != nil {
		return nil, err
	}
	for n := 0; ; n++ {
		t := p.cur()
		level := precedence[t.text]
		if t.kind != tokenOp || level <= loosest {
			return l, nil
		}
		p.at++
		if t.text == "**" {
			level-- // from the right: 2 ** 3 ** 2 is 2 ** 9
		}
		r, err := p.binary(level)
		if err != nil {
			return nil, err
		}
		if err := p.chain(n); err != nil {
			return nil, err
		}
		l = &binaryNode{op: t.text, l: l, r: r, line: t.line}
	}
}

func (p *parser) unary() (node, *Error) {
	t := p.cur()
	if !t.isOp("!") && !t.isOp("-") && !t.isOp("+") {
		return p.postfix()
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	p.at++
	x, err := p.unary()
	if err != nil {
		return nil, err
	}
	return &unaryNode{op: t.text, x: x, line: t.line}, nil
}

// postfix reads a value and the keys and methods behind it.
func (p *parser) postfix() (node, *Error) {
	x, err := p.primary()
	for n := 0; err == nil; n++ {
		t := p.cur()
		switch {
		case t.isOp("[") && (!t.space || !p.commandLike(x)):
			x, err = p.index(x)
		case t.isOp(".") || t.isOp("&."):
			x, err = p.method(x)
		case t.isOp("::"):
			return nil, wrong(t.line, "Write the value itself, or take it from ENV.", "Ruby's classes are not evaluated")
		default:
			return x, nil
		}
		if err == nil {
			err = p.chain(n)
		}
	}
	return nil, err
}

// commandLike tells whether `x [` would be a call with an array.
func (p *parser) commandLike(x node) bool {
	name, ok := x.(*nameNode)
	return ok && p.env.Words[name.name] == SettingWord
}

func (p *parser) index(x node) (node, *Error) {
	t := p.next()
	key, err := p.ternary()
	if err != nil {
		return nil, err
	}
	if err := p.expect("]"); err != nil {
		return nil, err
	}
	return &indexNode{target: x, key: key, line: t.line}, nil
}

func (p *parser) method(x node) (node, *Error) {
	dot := p.next()
	name := p.next()
	if name.kind != tokenIdent {
		p.at--
		return nil, p.unexpected("the name of a method")
	}
	m := &methodNode{target: x, name: name.text, safe: dot.text == "&.", line: name.line}
	if _, ok := methods[name.text]; !ok {
		return nil, wrong(name.line, methodAdvice(name.text), "the method .%s is not evaluated", name.text)
	}
	if p.cur().isOp("(") && !p.cur().space {
		p.at++
		var err *Error
		if m.args, err = p.arguments(")"); err != nil {
			return nil, err
		}
		return m, p.expect(")")
	}
	return m, nil
}
