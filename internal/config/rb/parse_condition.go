package rb

// choice reads if and unless up to end.
func (p *parser) choice() (node, *Error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	c := &chooseNode{}
	first := p.next()
	for negated := first.text == "unless"; ; negated = false {
		condition, err := p.condition()
		if err != nil {
			return nil, err
		}
		then, err := p.branch()
		if err != nil {
			return nil, err
		}
		c.clauses = append(c.clauses, clause{negate(condition, negated), then})
		if !p.acceptKeyword("elsif") {
			break
		}
	}
	var err *Error
	c.rest, err = p.otherwise(first)
	return c, err
}

// branch reads `then` or the end of the line, and the statements behind it.
func (p *parser) branch() (node, *Error) {
	if !p.acceptKeyword("then") && p.cur().kind != tokenNewline && !p.cur().isOp(";") {
		return nil, p.unexpected("the end of the line")
	}
	p.separators()
	p.acceptKeyword("then")
	return p.body()
}

// otherwise reads else, if there is one, and end.
func (p *parser) otherwise(first token) (node, *Error) {
	var rest node
	if p.acceptKeyword("else") {
		var err *Error
		if rest, err = p.body(); err != nil {
			return nil, err
		}
	}
	if !p.acceptKeyword("end") {
		if p.cur().kind == tokenEOF {
			return nil, wrong(first.line, "Write end below it.", "%s has no end", first.text)
		}
		return nil, p.unexpected("end")
	}
	return rest, nil
}

// caseOf reads case, its whens, and else up to end.
func (p *parser) caseOf() (node, *Error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	first := p.next()
	if p.ends() {
		return nil, wrong(first.line, "Write if and elsif.", "case without a value is not evaluated")
	}
	c := &caseNode{line: first.line}
	var err *Error
	if c.subject, err = p.condition(); err != nil {
		return nil, err
	}
	p.separators()
	for p.acceptKeyword("when") {
		var w when
		if w.any, err = p.arguments(""); err != nil {
			return nil, err
		}
		if w.then, err = p.branch(); err != nil {
			return nil, err
		}
		c.whens = append(c.whens, w)
	}
	if len(c.whens) == 0 {
		return nil, p.unexpected("when")
	}
	c.rest, err = p.otherwise(first)
	return c, err
}
