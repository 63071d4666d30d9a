package rb

// parser makes nodes of tokens.
type parser struct {
	tokens []token
	at     int
	depth  int
	env    *Env
}

// parse returns the program of a whole file.
func parse(tokens []token, env *Env) (node, *Error) {
	p := &parser{tokens: tokens, env: env}
	body, err := p.body()
	if err != nil {
		return nil, err
	}
	if p.cur().kind != tokenEOF {
		return nil, p.unexpected("a setting")
	}
	return body, nil
}

func (p *parser) cur() token { return p.tokens[min(p.at, len(p.tokens)-1)] }

func (p *parser) ahead() token { return p.tokens[min(p.at+1, len(p.tokens)-1)] }

func (p *parser) next() token {
	t := p.cur()
	p.at++
	return t
}

// accept steps over an operator if it is next.
func (p *parser) accept(op string) bool {
	if p.cur().isOp(op) {
		p.at++
		return true
	}
	return false
}

func (p *parser) expect(op string) *Error {
	if p.accept(op) {
		return nil
	}
	return p.unexpected(op)
}

func (p *parser) acceptKeyword(word string) bool {
	if p.cur().isKeyword(word) {
		p.at++
		return true
	}
	return false
}

// unexpected is the error that something else was due.
func (p *parser) unexpected(due string) *Error {
	t := p.cur()
	if advice, ok := refusedWords[t.text]; ok && (t.kind == tokenKeyword || t.kind == tokenIdent) {
		return wrong(t.line, advice, "%s is not evaluated", t.text)
	}
	return wrong(t.line, adviceFor(t), "%s is due here, not %s", due, t.name())
}

// enter bounds how deep nodes are nested; leave undoes it.
func (p *parser) enter() *Error {
	p.depth++
	if p.depth > maxDepth {
		return wrong(p.cur().line, "Give the inner ones names of their own.", "expressions are nested too deeply")
	}
	return nil
}

func (p *parser) leave() { p.depth-- }

// maxChain bounds how many operators follow one another in an expression.
const maxChain = 1000

func (p *parser) chain(n int) *Error {
	if n > maxChain {
		return wrong(p.cur().line, "Split it into several lines.", "the expression is too long")
	}
	return nil
}

// separator steps over the ends of lines.
func (p *parser) separators() {
	for p.cur().kind == tokenNewline || p.cur().isOp(";") {
		p.at++
	}
}

// ends tells whether a statement ends here.
func (p *parser) ends() bool {
	t := p.cur()
	return t.kind == tokenNewline || t.kind == tokenEOF || t.isOp(";") || p.endsBody()
}

// endsBody tells whether the body of a condition ends here.
func (p *parser) endsBody() bool {
	t := p.cur()
	if t.kind != tokenKeyword {
		return t.kind == tokenEOF || t.isOp(")")
	}
	switch t.text {
	case "end", "else", "elsif", "when":
		return true
	}
	return false
}

// body reads statements up to a word that ends them.
func (p *parser) body() (node, *Error) {
	var body bodyNode
	for p.separators(); !p.endsBody(); p.separators() {
		statement, err := p.statement()
		if err != nil {
			return nil, err
		}
		body = append(body, statement)
		if !p.ends() {
			return nil, p.unexpected("the end of the line")
		}
	}
	return body, nil
}
