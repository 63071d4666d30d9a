package rb

// node is a piece of the program: a value to compute, or a deed to do.
type node interface {
	eval(m *machine) (Value, *Error)
}

type (
	// literal is a value that the source spells out.
	literal struct{ value Value }

	// stringNode is a string or a symbol with interpolations.
	stringNode struct {
		parts []stringPart
		kind  Kind
		line  int
	}
	stringPart struct {
		text string
		code node // nil for text
	}

	arrayNode struct {
		items []node
		line  int
	}
	hashNode struct {
		pairs []pairNode
		line  int
	}
	pairNode struct{ key, value node }

	// nameNode reads a variable, a setting or a namespace.
	nameNode struct {
		name string
		line int
	}

	// rootNode is PrivateChef or ChefServer: all settings by name.
	rootNode struct{ line int }

	// envNode is ENV, and hostNode is node: what is known of this host.
	envNode  struct{ line int }
	hostNode struct{ line int }

	indexNode struct {
		target, key node
		line        int
	}
	methodNode struct {
		target node
		name   string
		args   []node
		safe   bool // &.
		line   int
	}
	unaryNode struct {
		op   string
		x    node
		line int
	}
	binaryNode struct {
		op   string
		l, r node
		line int
	}

	// chooseNode is if, elsif, else, unless and ?: .
	chooseNode struct {
		clauses []clause
		rest    node // nil: nothing
	}
	clause struct{ condition, then node }

	caseNode struct {
		subject node
		whens   []when
		rest    node
		line    int
	}
	when struct {
		any  []node
		then node
	}

	bodyNode []node

	// settingNode is `word value`.
	settingNode struct {
		word string
		args []node
		line int
	}

	// assignNode is `name = value` and `name['key'] = value`.
	assignNode struct {
		root  node // nameNode or rootNode
		keys  []node
		op    string
		value node
		line  int
	}
)
