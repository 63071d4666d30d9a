package rb

// arguments reads values up to an operator that ends them, or to the end of
// the line. Pairs among them make one hash, the last value.
func (p *parser) arguments(end string) ([]node, *Error) {
	var args []node
	var pairs *hashNode
	for end == "" || !p.cur().isOp(end) {
		if p.beginsPair() || pairs != nil {
			if pairs == nil {
				pairs = &hashNode{line: p.cur().line}
			}
			pair, err := p.pair()
			if err != nil {
				return nil, err
			}
			pairs.pairs = append(pairs.pairs, pair)
		} else {
			key, err := p.ternary()
			if err != nil {
				return nil, err
			}
			if p.cur().isOp("=>") {
				pairs = &hashNode{line: p.cur().line}
				p.at++
				value, err := p.ternary()
				if err != nil {
					return nil, err
				}
				pairs.pairs = append(pairs.pairs, pairNode{key, value})
			} else {
				args = append(args, key)
			}
		}
		if !p.accept(",") {
			break
		}
	}
	if pairs != nil {
		args = append(args, pairs)
	}
	return args, nil
}

// beginsPair tells whether `key:` is next.
func (p *parser) beginsPair() bool {
	next := p.ahead()
	return p.cur().kind == tokenLabel || p.cur().kind == tokenString && next.isOp(":") && !next.space
}

// pair reads `key: value` or `key => value`.
func (p *parser) pair() (pairNode, *Error) {
	if p.cur().kind == tokenLabel {
		key := p.next()
		value, err := p.ternary()
		return pairNode{&literal{symbol(key.text)}, value}, err
	}
	quoted := p.beginsPair()
	key, err := p.ternaryOrText(quoted)
	if err != nil {
		return pairNode{}, err
	}
	arrow := "=>"
	if quoted {
		arrow = ":"
	}
	if err := p.expect(arrow); err != nil {
		return pairNode{}, err
	}
	value, err := p.ternary()
	return pairNode{key, value}, err
}

func (p *parser) ternaryOrText(onlyText bool) (node, *Error) {
	if onlyText {
		return p.text()
	}
	return p.ternary()
}
