package rb

type tokenKind int

const (
	tokenEOF tokenKind = iota
	tokenNewline
	tokenIdent
	tokenConst
	tokenLabel // key: in a hash
	tokenSymbol
	tokenString
	tokenWords   // %w
	tokenSymbols // %i
	tokenInt
	tokenFloat
	tokenKeyword
	tokenOp
)

// token is a word of the source.
type token struct {
	kind  tokenKind
	text  string
	parts []part   // of a string or a symbol
	words []string // of %w and %i
	int   int64
	float float64
	line  int
	space bool // there was space before it
}

// part of a string: text, or the tokens of an interpolation.
type part struct {
	text string
	code []token // ends with tokenEOF; nil for text
}

func (t token) isOp(text string) bool      { return t.kind == tokenOp && t.text == text }
func (t token) isKeyword(text string) bool { return t.kind == tokenKeyword && t.text == text }

// name is how an error calls the token.
func (t token) name() string {
	switch t.kind {
	case tokenEOF:
		return "the end of the file"
	case tokenNewline:
		return "the end of the line"
	case tokenString:
		return "a string"
	case tokenWords, tokenSymbols:
		return "a list of words"
	case tokenInt, tokenFloat:
		return "a number"
	case tokenLabel:
		return t.text + ":"
	case tokenSymbol:
		return "a symbol"
	case tokenIdent, tokenConst, tokenKeyword, tokenOp:
	}
	return t.text
}

// keywords are the words that no setting or variable can be called.
var keywords = map[string]bool{
	"if": true, "elsif": true, "else": true, "unless": true, "end": true, "then": true,
	"case": true, "when": true, "true": true, "false": true, "nil": true,
	"and": true, "or": true, "not": true,
	"def": true, "class": true, "module": true, "while": true, "until": true, "for": true, "in": true,
	"do": true, "begin": true, "rescue": true, "ensure": true, "return": true, "yield": true,
	"break": true, "next": true, "redo": true, "retry": true, "self": true, "super": true,
	"alias": true, "undef": true, "BEGIN": true, "END": true,
}

// operators, longest first within a first letter.
var operators = []string{
	"<=>", "===", "**=", "&&=", "||=", "<<=", "...",
	"**", "==", "!=", "=~", "!~", "=>", "<=", ">=", "<<", ">>", "&&", "||", "::", "&.", "+=", "-=", "*=", "/=", "..", "->",
	"=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ",", ".", "(", ")", "[", "]", "{", "}", "|", "&", "^", "~", ";",
}
