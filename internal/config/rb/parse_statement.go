package rb

// statement reads a setting, an assignment or an expression, and the
// conditions behind it.
func (p *parser) statement() (node, *Error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer p.leave()
	s, err := p.bareStatement()
	if err != nil {
		return nil, err
	}
	for n := 0; p.cur().isKeyword("if") || p.cur().isKeyword("unless"); n++ {
		negated := p.next().text == "unless"
		condition, err := p.condition()
		if err != nil {
			return nil, err
		}
		if err := p.chain(n); err != nil {
			return nil, err
		}
		s = &chooseNode{clauses: []clause{{negate(condition, negated), s}}}
	}
	return s, nil
}

func negate(n node, really bool) node {
	if really {
		return &unaryNode{op: "!", x: n}
	}
	return n
}

func (p *parser) bareStatement() (node, *Error) {
	t := p.cur()
	if t.kind == tokenLabel && p.env.Words[t.text] == SettingWord {
		return nil, wrong(t.line, "Write `"+t.text+" value`.", "%s: is a key of a hash", t.text)
	}
	if t.kind == tokenIdent && p.takesArguments() {
		return p.setting()
	}
	if t.kind == tokenIdent && p.env.Words[t.text] == NoWord && p.beginsValue(p.ahead()) {
		return nil, p.unknownWord(t)
	}
	x, err := p.condition()
	if err != nil {
		return nil, err
	}
	if op := p.cur(); op.kind == tokenOp && isAssignment(op.text) {
		return p.assignment(x)
	}
	return x, nil
}

func isAssignment(op string) bool {
	switch op {
	case "=", "||=", "&&=", "+=", "-=", "*=", "/=", "<<=", "**=":
		return true
	}
	return false
}

// takesArguments tells whether a word of the file is followed by its value.
func (p *parser) takesArguments() bool {
	t, next := p.cur(), p.ahead()
	switch p.env.Words[t.text] {
	case SettingWord, CallWord:
		return next.isOp("(") || p.beginsValue(next)
	case NamespaceWord:
		return next.isOp("(") || next.isOp("{") || p.beginsValue(next) && !next.isOp("[")
	case NoWord:
	}
	return false
}

// beginsValue tells whether a token behind a word begins its value.
func (p *parser) beginsValue(t token) bool {
	switch t.kind {
	case tokenIdent, tokenConst, tokenLabel, tokenSymbol, tokenString, tokenWords, tokenSymbols, tokenInt, tokenFloat:
		return true
	case tokenKeyword:
		return t.text == "true" || t.text == "false" || t.text == "nil" || t.text == "case" || t.text == "not"
	case tokenOp:
		return t.space && t.text == "[" || t.text == "!" || t.text == "{" || t.text == "::"
	case tokenEOF, tokenNewline:
	}
	return false
}

// setting reads `word value` and `word(value)`.
func (p *parser) setting() (node, *Error) {
	t := p.next()
	s := &settingNode{word: t.text, line: t.line}
	var err *Error
	if p.cur().isOp("(") && !p.cur().space {
		p.at++
		if s.args, err = p.arguments(")"); err != nil {
			return nil, err
		}
		return s, p.expect(")")
	}
	if p.cur().isOp("{") { // a block to Ruby, but what is meant is plain
		hash, err := p.ternary()
		s.args = []node{hash}
		return s, err
	}
	s.args, err = p.arguments("")
	return s, err
}

// assignment reads what follows the left side x.
func (p *parser) assignment(x node) (node, *Error) {
	op := p.next()
	a := &assignNode{op: op.text, line: op.line}
	for n := 0; ; n++ {
		index, ok := x.(*indexNode)
		if !ok {
			break
		}
		a.keys = append(a.keys, index.key)
		x = index.target
	}
	for i, j := 0, len(a.keys)-1; i < j; i, j = i+1, j-1 {
		a.keys[i], a.keys[j] = a.keys[j], a.keys[i]
	}
	switch root := x.(type) {
	case *nameNode:
		if err := p.checkLocal(root, a); err != nil {
			return nil, err
		}
	case *rootNode:
		if len(a.keys) == 0 {
			return nil, wrong(op.line, "Write one setting a line: word value.", "all settings cannot be replaced at once")
		}
	case *envNode:
		return nil, wrong(op.line, "Set the variable where the command is started.", "a file cannot change ENV")
	default:
		return nil, wrong(op.line, "Write `word value` or `namespace['key'] = value`.", "what is left of %s cannot be given a value", op.text)
	}
	a.root = x
	var err *Error
	if p.cur().isOp("*") {
		return nil, p.unexpected("a value")
	}
	if a.value, err = p.ternary(); err != nil {
		return nil, err
	}
	if p.cur().isOp(",") {
		return nil, wrong(p.cur().line, "Write an array: [a, b].", "one name cannot be given several values")
	}
	return a, nil
}

// checkLocal refuses `api_fqdn = value`, which in Ruby makes a variable that
// nothing reads: the setting would silently keep its default.
func (p *parser) checkLocal(name *nameNode, a *assignNode) *Error {
	if len(a.keys) > 0 {
		return nil
	}
	switch p.env.Words[name.name] {
	case SettingWord, CallWord:
		return wrong(name.line, "Write `"+name.name+" value`, without the =.", "%s = makes a variable in Ruby and sets nothing", name.name)
	case NamespaceWord:
		return wrong(name.line, "Write `"+name.name+"['key'] = value`, one line a key.", "%s = makes a variable in Ruby and sets nothing", name.name)
	case NoWord:
	}
	return nil
}

func (p *parser) unknownWord(t token) *Error {
	if advice, ok := refusedWords[t.text]; ok {
		return wrong(t.line, advice, "%s is not evaluated", t.text)
	}
	return wrong(t.line, p.env.didYouMean(t.text), "%s is no setting", t.text)
}
