package rb

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// WordKind tells what a word of the file is.
type WordKind int

// The kinds of words.
const (
	NoWord        WordKind = iota // not a word of the file: perhaps a variable
	SettingWord                   // word value
	NamespaceWord                 // word['key'] = value
	CallWord                      // word value, key: value, …; may be said again
)

// Env is what a file can see.
type Env struct {
	File   string // its name, for errors
	Words  map[string]WordKind
	Getenv func(name string) (value string, ok bool)
	Host   map[string]string // node['…']
}

// Result is what a file says.
type Result struct {
	// Settings holds what was set, in order: values of settings, and of each
	// namespace a hash.
	Settings *Hash

	// Calls are the words that may be said again, in order.
	Calls []Call

	// Environment holds the variables of the environment that were asked for
	// and set: whoever evaluates the file elsewhere needs them there.
	Environment map[string]string
}

// Call is one saying of such a word.
type Call struct {
	Word string
	Args []Value
	Line int
}

// Evaluate evaluates a file. The error is an *Error.
func Evaluate(source string, env Env) (*Result, error) {
	m := &machine{env: &env, settings: NewHash(), locals: NewHash(), environment: map[string]string{}}
	if err := m.run(source); err != nil {
		err.File = env.File
		return nil, err
	}
	return &Result{Settings: m.settings, Calls: m.calls, Environment: m.environment}, nil
}

func (m *machine) run(source string) *Error {
	if len(source) > maxSource {
		return wrong(1, "Split off what is no configuration.", "the file is larger than %d bytes", maxSource)
	}
	source = strings.TrimPrefix(source, "\ufeff") // as Windows editors write
	if at := invalidUTF8(source); at >= 0 {
		return wrong(1+strings.Count(source[:at], "\n"), "Save the file as UTF-8.", "the file is not UTF-8")
	}
	tokens, err := lex(source)
	if err != nil {
		return err
	}
	program, err := parse(tokens, m.env)
	if err != nil {
		return err
	}
	_, err = program.eval(m)
	return err
}

func invalidUTF8(s string) int {
	if utf8.ValidString(s) {
		return -1
	}
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\ufffd") {
			return i
		}
	}
	return 0
}

// As returns the Error within err, if there is one.
func As(err error) (*Error, bool) {
	var e *Error
	ok := errors.As(err, &e)
	return e, ok
}
