package rb

// primary reads a value without operators.
func (p *parser) primary() (node, *Error) {
	t := p.cur()
	switch t.kind {
	case tokenString, tokenSymbol:
		return p.text()
	case tokenInt:
		p.at++
		return &literal{integer(t.int)}, nil
	case tokenFloat:
		p.at++
		return &literal{float(t.float)}, nil
	case tokenWords, tokenSymbols:
		p.at++
		return wordList(t), nil
	case tokenIdent:
		return p.name()
	case tokenConst:
		return p.constant()
	case tokenKeyword:
		return p.keyword()
	case tokenOp:
		return p.bracketed()
	case tokenEOF, tokenNewline, tokenLabel:
	}
	return nil, p.unexpected("a value")
}

func wordList(t token) node {
	kind := String
	if t.kind == tokenSymbols {
		kind = Symbol
	}
	a := &arrayNode{line: t.line}
	for _, w := range t.words {
		a.items = append(a.items, &literal{Value{Kind: kind, Text: w}})
	}
	return a
}

// text reads a string, and those that follow it at once: they are one.
func (p *parser) text() (node, *Error) {
	s := &stringNode{kind: String, line: p.cur().line}
	if p.cur().kind == tokenSymbol {
		s.kind = Symbol
	}
	for first := true; first || s.kind == String && p.cur().kind == tokenString; first = false {
		if err := p.parts(s, p.next()); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (p *parser) parts(s *stringNode, t token) *Error {
	for _, part := range t.parts {
		if part.code == nil {
			s.parts = append(s.parts, stringPart{text: part.text})
			continue
		}
		inner := &parser{tokens: part.code, depth: p.depth + 1, env: p.env}
		if inner.depth > maxDepth {
			return wrong(t.line, "Give the inner ones names of their own.", "expressions are nested too deeply")
		}
		code, err := inner.condition()
		if err != nil {
			return err
		}
		if inner.cur().kind != tokenEOF {
			return inner.unexpected("} to end the interpolation")
		}
		s.parts = append(s.parts, stringPart{code: code})
	}
	return nil
}

func (p *parser) name() (node, *Error) {
	t := p.next()
	if advice, ok := refusedWords[t.text]; ok {
		return nil, wrong(t.line, advice, "%s is not evaluated", t.text)
	}
	if t.text == "node" {
		return &hostNode{t.line}, nil
	}
	if p.cur().isOp("(") && !p.cur().space {
		return nil, p.unknownWord(t)
	}
	return &nameNode{name: t.text, line: t.line}, nil
}

func (p *parser) constant() (node, *Error) {
	t := p.next()
	switch t.text {
	case "ENV":
		return &envNode{t.line}, nil
	case "PrivateChef", "ChefServer":
		return &rootNode{t.line}, nil
	case "Mash", "Hash":
		if p.accept(".") && p.cur().text == "new" && p.cur().kind == tokenIdent {
			p.at++
			return &hashNode{line: t.line}, nil
		}
	}
	return nil, wrong(t.line, constantAdvice(t.text), "%s is not evaluated", t.text)
}

func (p *parser) keyword() (node, *Error) {
	t := p.cur()
	switch t.text {
	case "true", "false":
		p.at++
		return &literal{boolean(t.text == "true")}, nil
	case "nil":
		p.at++
		return &literal{}, nil
	case "if", "unless":
		return p.choice()
	case "case":
		return p.caseOf()
	}
	return nil, p.unexpected("a value")
}

func (p *parser) bracketed() (node, *Error) {
	t := p.cur()
	switch t.text {
	case "(":
		p.at++
		x, err := p.condition()
		if err != nil {
			return nil, err
		}
		return x, p.expect(")")
	case "[":
		p.at++
		items, err := p.arguments("]")
		if err != nil {
			return nil, err
		}
		return &arrayNode{items: items, line: t.line}, p.expect("]")
	case "{":
		p.at++
		h := &hashNode{line: t.line}
		for !p.cur().isOp("}") {
			pair, err := p.pair()
			if err != nil {
				return nil, err
			}
			h.pairs = append(h.pairs, pair)
			if !p.accept(",") {
				break
			}
		}
		return h, p.expect("}")
	}
	return nil, p.unexpected("a value")
}
