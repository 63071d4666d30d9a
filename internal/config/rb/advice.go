package rb

import (
	"maps"
	"slices"
)

// refusedWords are words of Ruby that are not evaluated, and what to write
// instead.
var refusedWords = map[string]string{
	"def":              "Write the settings one a line; a value that is needed twice can be a variable: name = value.",
	"class":            "Write the settings one a line.",
	"module":           "Write the settings one a line.",
	"while":            adviceLoops,
	"until":            adviceLoops,
	"for":              adviceLoops,
	"loop":             adviceLoops,
	"do":               adviceLoops,
	"begin":            "Write what is between begin and rescue alone; conditions are if, unless and case.",
	"rescue":           "Write the settings one a line; a missing variable of the environment is ENV.fetch('NAME', default).",
	"ensure":           "Write the settings one a line.",
	"return":           "Write if … end around what is not always meant.",
	"exit":             "Write if … end around what is not always meant.",
	"require":          "Remove the line: nothing needs to be loaded.",
	"require_relative": "Copy what the other file says into this one.",
	"load":             "Copy what the other file says into this one.",
	"instance_eval":    "Copy what the other file says into this one.",
	"eval":             "Write the settings themselves.",
	"puts":             "Remove the line: chef-server-ctl show-config tells what the file says.",
	"print":            "Remove the line: chef-server-ctl show-config tells what the file says.",
	"p":                "Remove the line: chef-server-ctl show-config tells what the file says.",
	"raise":            "Remove the line: chef-server-ctl check-config tells what is missing.",
	"lambda":           "Write the value itself.",
	"proc":             "Write the value itself.",
	"yield":            "Write the value itself.",
	"self":             "Write PrivateChef['name'], or the name alone.",
	"defined":          "Compare with nil: setting.nil?.",
	"system":           "Write the value itself, or take it from ENV.",
	"exec":             "Write the value itself, or take it from ENV.",
	"open":             adviceFiles,
	"alias":            "Write the settings one a line.",
	"end":              "Remove it: nothing that it could end was begun.",
	"else":             "Write if above it.",
	"elsif":            "Write if above it.",
	"when":             "Write case above it.",
	"then":             "Write if above it.",
}

const (
	adviceLoops = "There are no loops: write the settings one a line."
	adviceFiles = "A file cannot read other files: write the value itself, take it from ENV, or keep a password in private-chef-secrets.json."
	adviceHost  = "Write the value itself, or node['fqdn'] for this host's name."
	adviceEnv   = "Write the value itself, or take it from ENV."
)

// constantAdvice is what to write instead of something of Ruby's library.
func constantAdvice(name string) string {
	switch name {
	case "File", "IO", "Dir", "Pathname", "YAML", "JSON", "CSV":
		return adviceFiles
	case "Socket", "Ohai", "Etc", "Resolv":
		return adviceHost
	case "Chef", "Mixlib", "Veil":
		return "Nothing of Chef's own code runs here: write the value itself."
	}
	return adviceEnv
}

// methodAdvice is what to write instead of a method.
func methodAdvice(name string) string {
	switch name {
	case "each", "map", "each_with_index", "times", "each_pair", "select", "collect", "inject", "upto", "reduce":
		return adviceLoops
	case "merge", "merge!", "update", "deep_merge", "store":
		return "Set the keys one a line: name['key'] = value."
	case "push", "concat", "append", "unshift":
		return "Write name = name + [value], or the whole array."
	case "gsub", "sub", "match", "tr", "gsub!", "sub!", "match?", "scan":
		return "Write the text as it is meant."
	case "read", "readlines", "exist?", "exists?", "file?":
		return adviceFiles
	}
	return adviceEnv
}

// adviceFor is what may be wrong where something else was due.
func adviceFor(t token) string {
	switch {
	case t.isOp("{") || t.isOp("|") || t.isOp("->"):
		return adviceLoops
	case t.isOp("<<"):
		return "Write name = name + [value], or the whole array."
	case t.isOp("=~") || t.isOp("!~") || t.isOp("==="):
		return "Compare with == or case and strings."
	case t.isOp("="):
		return "Write one assignment a line."
	case t.kind == tokenString || t.kind == tokenInt || t.kind == tokenSymbol:
		return "Put a comma between values, and = between namespace['key'] and its value."
	case t.kind == tokenEOF || t.kind == tokenNewline:
		return "Check that brackets and quotes on the lines above are closed."
	}
	return "Write `word value` or `namespace['key'] = value`, one a line."
}

// didYouMean names the word of the file that is nearest, if one is near.
func (e *Env) didYouMean(word string) string {
	names := slices.Sorted(maps.Keys(e.Words))
	if near := Nearest(word, names); near != "" {
		return "Did you mean " + near + "?"
	}
	return "See docs/configuration.md for the settings there are."
}
