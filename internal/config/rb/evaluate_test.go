package rb_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tournant/internal/config/rb"
)

// env knows a few words of each kind.
func env() rb.Env {
	return rb.Env{
		File: "chef-server.rb",
		Words: map[string]rb.WordKind{
			"topology": rb.SettingWord, "api_fqdn": rb.SettingWord, "disabled_plugins": rb.SettingWord,
			"nginx": rb.NamespaceWord, "postgresql": rb.NamespaceWord, "lb": rb.NamespaceWord,
			"server": rb.CallWord, "backend_vip": rb.CallWord,
		},
		Getenv: func(name string) (string, bool) {
			value, ok := map[string]string{"ROLE": "frontend", "PORT": "8443", "EMPTY": ""}[name]
			return value, ok
		},
		Host: map[string]string{"fqdn": "fe1.example.com", "hostname": "fe1", "domain": "example.com"},
	}
}

// evaluations are files and the settings that they make.
var evaluations = []struct{ source, want string }{
	{``, `{}`},
	{"# nothing\n\n  # more\n", `{}`},
	{`topology "tier"`, `{"topology":"tier"}`},
	{`topology 'tier' # said here`, `{"topology":"tier"}`},
	{`topology :tier`, `{"topology":"tier"}`},
	{`topology("tier")`, `{"topology":"tier"}`},
	{"topology \\\n  'tier'", `{"topology":"tier"}`},
	{`nginx['ssl_port'] = 443`, `{"nginx":{"ssl_port":443}}`},
	{`nginx["ssl_port"]=443;nginx[:x]=1`, `{"nginx":{"ssl_port":443,"x":1}}`},
	{`PrivateChef['nginx']['x'] = true`, `{"nginx":{"x":true}}`},
	{`PrivateChef['api_fqdn'] = 'x'`, `{"api_fqdn":"x"}`},
	{`nginx 'ssl_port' => 443, :x => nil`, `{"nginx":{"ssl_port":443,"x":null}}`},
	{`nginx({ssl_port: 443, 'x': 1.5, "y" => -2})`, `{"nginx":{"ssl_port":443,"x":1.5,"y":-2}}`},
	{"disabled_plugins []", `{"disabled_plugins":[]}`},
	{"disabled_plugins %w(a b\n c)", `{"disabled_plugins":["a","b","c"]}`},
	{"disabled_plugins %i[a b]", `{"disabled_plugins":["a","b"]}`},
	{"disabled_plugins [\n 'a', # first\n 'b',\n]", `{"disabled_plugins":["a","b"]}`},
	{"disabled_plugins ['a'] + %w{b}", `{"disabled_plugins":["a","b"]}`},
	{"x = 'chef.example.com'\napi_fqdn x\nnginx['url'] = \"https://#{x}:#{400 + 43}\"", `{"api_fqdn":"chef.example.com","nginx":{"url":"https://chef.example.com:443"}}`},
	{"api_fqdn 'a'\nnginx['server_name'] = api_fqdn", `{"api_fqdn":"a","nginx":{"server_name":"a"}}`},
	{"nginx['a'] = 'x'\nnginx['b'] = nginx['a'] + 'y'", `{"nginx":{"a":"x","b":"xy"}}`},
	{`nginx['a'] ||= 1; nginx['a'] ||= 2; nginx['b'] = nil; nginx['b'] ||= 3`, `{"nginx":{"a":1,"b":3}}`},
	{`nginx['a'] = 1024 * 1024; nginx['b'] = 7 / 2; nginx['c'] = -7 / 2; nginx['d'] = 7 % 4; nginx['e'] = 1_000`, `{"nginx":{"a":1048576,"b":3,"c":-4,"d":3,"e":1000}}`},
	{`nginx['a'] = 0o755; nginx['b'] = 0x1f; nginx['c'] = 1e3; nginx['d'] = 1.5 * 2; nginx['e'] = 2 - 1`, `{"nginx":{"a":493,"b":31,"c":1000,"d":3,"e":1}}`},
	{`nginx['a'] = 'it''s'; nginx['b'] = 'a\'b\n'; nginx['c'] = "a\"b\n\t\u00e9\x41\101\#{x}"`, `{"nginx":{"a":"its","b":"a'b\\n","c":"a\"b\n\té` + `AA#{x}"}}`},
	{`nginx['a'] = %q(a (b) c); nginx['b'] = %Q{#{1 + 1}}; nginx['c'] = %(x)`, `{"nginx":{"a":"a (b) c","b":"2","c":"x"}}`},
	{"nginx['a'] = <<EOS\n one\n#{1}\nEOS\nnginx['b'] = 1", `{"nginx":{"a":" one\n1\n","b":1}}`},
	{"nginx['a'] = <<-'EOS'.strip\n  #{1}\n  EOS\n", `{"nginx":{"a":"#{1}"}}`},
	{"nginx['a'] = <<~EOS\n    one\n      two\n\n    EOS\nnginx['b'] = 2", `{"nginx":{"a":"one\n  two\n\n","b":2}}`},
	{"nginx['a'] = [<<A, <<B]\na\nA\nb\nB\nnginx['b'] = 3", `{"nginx":{"a":["a\n","b\n"],"b":3}}`},
	{"=begin\ntopology \"x\n=end\ntopology 'y'\n=begin\n=end", `{"topology":"y"}`},
	{"topology 'a'\n__END__\n$%&/", `{"topology":"a"}`},
	{`nginx['a'] = ENV['PORT'].to_i; nginx['b'] = ENV['NONE']; nginx['c'] = ENV['NONE'] || 'd'`, `{"nginx":{"a":8443,"b":null,"c":"d"}}`},
	{`nginx['a'] = ENV.fetch('PORT'); nginx['b'] = ENV.fetch('NONE', 'x'); nginx['c'] = ENV.key?('EMPTY')`, `{"nginx":{"a":"8443","b":"x","c":true}}`},
	{`nginx['a'] = node['fqdn']; nginx['b'] = "#{node['hostname']}!"`, `{"nginx":{"a":"fe1.example.com","b":"fe1!"}}`},
	{`topology "tier" if ENV['ROLE']; api_fqdn 'x' unless ENV['ROLE']`, `{"topology":"tier"}`},
	{"if ENV['ROLE'] == 'backend'\n topology 'a'\nelsif ENV['ROLE'] == 'frontend' && !false\n topology 'b'\nelse\n topology 'c'\nend", `{"topology":"b"}`},
	{"unless ENV['NONE'] then topology 'a' else topology 'b' end", `{"topology":"a"}`},
	{"topology(if 1 > 2 then 'a' else 'b' end)", `{"topology":"b"}`},
	{"topology ENV['NONE'].nil? ? 'a' : 'b'", `{"topology":"a"}`},
	{"topology ENV['EMPTY'].empty? ? 'a':'b'", `{"topology":"a"}`},
	{"case ENV['ROLE']\nwhen 'backend', 'x' then topology 'a'\nwhen 'frontend'\n  topology 'b'\nelse\n topology 'c'\nend", `{"topology":"b"}`},
	{"server 'fe1.example.com',\n  :ipaddress => '10.0.0.1',\n  :role => 'frontend'\nrole = ChefServer['servers'][node['fqdn']]['role']\ntopology 'tier' if role == 'frontend' and not role.nil?", `{"topology":"tier"}`},
	{"nginx['a'] = %w(a b).join(','); nginx['b'] = 'a b'.split; nginx['c'] = 'A'.downcase.include?('a')", `{"nginx":{"a":"a,b","b":["a","b"],"c":true}}`},
	{"nginx['log_rotation'] = { 'file_maxbytes' => 104857600, 'num_to_keep' => 10 }\nnginx['log_rotation']['num_to_keep'] = 3", `{"nginx":{"log_rotation":{"file_maxbytes":104857600,"num_to_keep":3}}}`},
	{"\ufefftopology 'a'\r\nnginx['b'] = 1\r\n", `{"topology":"a","nginx":{"b":1}}`},
	{`nginx['a'] = "#{"#{'in'}ner"}"`, `{"nginx":{"a":"inner"}}`},
	{"nginx['a'] = 1 +\n 2\nnginx['b'] = true &&\n false", `{"nginx":{"a":3,"b":false}}`},
	{"nginx['a'] = 1024 ** 2; nginx['b'] = 2 ** 3 ** 2; nginx['c'] = 0 ** 0", `{"nginx":{"a":1048576,"b":512,"c":1}}`},
	{"nginx['a'] = 1 ** 9000000000000000000; nginx['b'] = (-1) ** 9000000000000000001; nginx['c'] = 0 ** 7", `{"nginx":{"a":1,"b":-1,"c":0}}`},
	{"a = 1\na += 2\nnginx['a'] = a\nnginx['b'] = 2 > 1 || nil", `{"nginx":{"a":3,"b":true}}`},
}

// unlikeRuby are files that mean something else on purpose: keys on the way to
// one that is set are made, what is assigned is copied, and reading a group
// does not make it.
var unlikeRuby = []struct{ source, want string }{
	{`lb['upstream']['bookshelf'] = ['10.0.0.1', "10.0.0.2"]`, `{"lb":{"upstream":{"bookshelf":["10.0.0.1","10.0.0.2"]}}}`},
	{"x = {}\nx['a'] = 1\ny = x\nx['a'] = 2\nnginx['a'] = [x['a'], y['a'], y[:b]]", `{"nginx":{"a":[2,1,null]}}`},
	{"nginx['x'] = postgresql['none']", `{"nginx":{"x":null}}`},
}

func TestEvaluate(t *testing.T) {
	for _, test := range slices.Concat(evaluations, unlikeRuby) {
		got, err := rb.Evaluate(test.source, env())
		if err != nil {
			t.Errorf("%s\n%v", test.source, err)
			continue
		}
		if text, err := json.Marshal(got.Settings); err != nil || string(text) != test.want {
			t.Errorf("%s\n%s, %v\nwant %s", test.source, text, err, test.want)
		}
	}
}

func TestCalls(t *testing.T) {
	const source = "server 'a',\n  :ipaddress => '10.0.0.1', role: 'backend',\n  'bootstrap' => true\nbackend_vip('v', { ipaddress: '10.0.0.9' })"
	got, err := rb.Evaluate(source, env())
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got.Calls)
	const want = `[{"Word":"server","Args":["a",{"ipaddress":"10.0.0.1","role":"backend","bootstrap":true}],"Line":1},` +
		`{"Word":"backend_vip","Args":["v",{"ipaddress":"10.0.0.9"}],"Line":4}]`
	if err != nil || string(text) != want {
		t.Errorf("%s, %v\nwant %s", text, err, want)
	}
}

// Every refusal names the line and says what to write.
func TestRefuse(t *testing.T) {
	for _, test := range []struct {
		source string
		line   int
		want   string // within the error
	}{
		{"\ntopolgy 'tier'", 2, "topolgy is no setting. Did you mean topology?"},
		{"topology = 'tier'", 1, "Write `topology value`, without the =."},
		{"nginx = {}", 1, "Write `nginx['key'] = value`"},
		{"nginx['a'] 443", 1, "the end of the line is due here, not a number. Put a comma"},
		{"ngnix['a'] = 443", 1, "Did you mean nginx?"},
		{"topology 'a', 'b'", 1, "topology takes one value, not 2"},
		{"topology['a'] = 1", 1, "topology is one setting, not a group. Write `topology value`."},
		{"nginx 'a'", 1, "nginx is a group of settings"},
		{"topology 'a", 1, "a string is never closed. End it with '."},
		{"topology \"a#{1\"", 1, "is never closed"},
		{"nginx['a'] = [1, 2", 1, "] is due here"},
		{"nginx['a'] = 1]", 1, "] closes nothing"},
		{"nginx['a'] = <<EOS\nx\n", 1, "the text that begins with <<EOS never ends. End it with EOS"},
		{"nginx['a'] = %w(a", 1, "a list of words is never closed"},
		{"=begin\n", 1, "=begin never ends"},
		{"if true\n topology 'x'\n", 1, "if has no end"},
		{"if true\n topology 'x'\nend\nend", 4, "end is not evaluated"},
		{"nginx['a'] = File.read('/x')", 1, "A file cannot read other files"},
		{"nginx['a'] = `hostname`", 1, "a file cannot run commands"},
		{"nginx['a'] = Socket.gethostname", 1, "node['fqdn']"},
		{"nginx['a'] = node['ipaddress']", 1, "node['ipaddress'] is not known"},
		{"%w(a b).each do |x|\nend", 1, "There are no loops"},
		{"[1].map { |x| x }", 1, "There are no loops"},
		{"def x\nend", 1, "def is not evaluated"},
		{"require 'socket'", 1, "Remove the line: nothing needs to be loaded."},
		{"while true\nend", 1, "There are no loops"},
		{"begin\nrescue\nend", 1, "begin is not evaluated"},
		{"nginx['a'] = topology =~ 'y'", 1, "Compare with == or case and strings."},
		{"nginx['a'] = /y/", 1, "regular expressions are not evaluated"},
		{"nginx['a'] = ENV.fetch('NONE')", 1, "'NONE' is not set. Set it, or give a default"},
		{"ENV['A'] = 'b'", 1, "a file cannot change ENV"},
		{"nginx['a'] = 'x' + 1", 1, "a string + an integer cannot be computed. Write the value into the string"},
		{"nginx['a'] = \"#{[1]}\"", 1, "an array cannot stand within a string"},
		{"nginx['a'] = 9223372036854775807 + 1", 1, "the number grows too large"},
		{"nginx['a'] = 10 ** 100", 1, "the number grows too large"},
		{"nginx['a'] = 2 ** -1", 1, "the number grows too large"},
		{"nginx['a'] = 1 / 0", 1, "divided by 0"},
		{"nginx['a'] = 99999999999999999999", 1, "is no number that a setting can have"},
		{"nginx['a'] << 'b'", 1, "Write name = name + [value]"},
		{"nginx.merge!({})", 1, "Set the keys one a line"},
		{"nginx['a'] = 1\nnginx['a']['b'] = 2", 2, "a is an integer and has no keys"},
		{"nginx['a'] = nginx['b']['c']", 1, "nil has no element ['c']"},
		{"a, b = 1, 2", 1, "the end of the line is due here, not ,"},
		{"nginx['a'] = 1, 2", 1, "Write an array: [a, b]."},
		{"nginx['a'] = $x", 1, "$x is a variable of Ruby's own"},
		{"nginx['a'] = unknown_thing", 1, "neither a setting nor a variable"},
		{"case\nwhen true then topology 'x'\nend", 1, "Write if and elsif."},
		{"server", 1, "server needs a name and options"},
		{"topology 'a\xff'", 1, "Save the file as UTF-8."},
		{"PrivateChef['topolgy'] = 'x'", 1, "Did you mean topology?"},
		{"nginx['a'] = Chef::Config[:x]", 1, "Nothing of Chef's own code runs here"},
		{"topology: 'x'", 1, "Write `topology value`."},
		{strings.Repeat("[", 200), 1, "nested too deeply"},
		{"nginx['a'] = " + strings.Repeat("1 + ", 2000) + "1", 1, "the expression is too long"},
		{"nginx['a'] = " + strings.Repeat(`"#{`, 200) + strings.Repeat(`}"`, 200), 1, "nested too deeply"},
		{"a = 'xx'\n" + strings.Repeat("a = a + a\n", 40), 21, "strings grow too large"},
		{"a = [1]\n" + strings.Repeat("a = [a, a]\n", 60), 0, "arrays and hashes grow too large"},
		{strings.Repeat("#", 1<<20+1), 1, "the file is larger than"},
	} {
		_, err := rb.Evaluate(test.source, env())
		e, ok := rb.As(err)
		if !ok {
			t.Errorf("%.80q: %v, want an error", test.source, err)
			continue
		}
		if e.File != "chef-server.rb" || e.Line != test.line && test.line != 0 || !strings.Contains(e.Error(), test.want) {
			t.Errorf("%.80q: %v, want line %d and %s", test.source, e, test.line, test.want)
		}
	}
}

func TestNearest(t *testing.T) {
	names := []string{"topology", "nginx", "api_fqdn"}
	for word, want := range map[string]string{"topolgy": "topology", "ngnix": "nginx", "api_fdqn": "api_fqdn", "zzz": "", "nginx": "nginx"} {
		if got := rb.Nearest(word, names); got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

// FuzzEvaluate holds that any input ends with a result that can be shown, or
// with an error that says where.
func FuzzEvaluate(f *testing.F) {
	for _, seed := range []string{
		"topology 'tier'\nserver 'a', :role => 'backend'\n",
		"nginx['a'] = <<~EOS + \"#{<<B}\"\n  x\n EOS\nb\nB\n",
		"if ENV['ROLE'] == 'x'\n lb['a']['b'] ||= %w(a b)\nelse\n x = {a: 1}\nend",
		"case node['fqdn']\nwhen 'a' then topology :b\nend unless false",
		"a = \"#{\"#{'x'}\"}\" ? [1, -2.5] : { 'k': nil }",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, source string) {
		got, err := rb.Evaluate(source, env())
		if err != nil {
			e, ok := rb.As(err)
			if !ok || e.Line < 1 || e.Line > strings.Count(source, "\n")+2 || e.Text == "" {
				t.Errorf("error without a place: %#v", err)
			}
			return
		}
		if _, err := json.Marshal(got.Settings); err != nil {
			t.Error(err)
		}
	})
}

// A file that makes much of little ends soon all the same.
func TestWorkIsBounded(t *testing.T) {
	long := "a = '" + strings.Repeat("x", 200_000) + "'\n"
	array := "a = [" + strings.Repeat("1,", 100_000) + "]\n"
	for _, source := range []string{
		long + strings.Repeat("b = a.empty?\n", 1_000),
		long + strings.Repeat("b = a == a\n", 1_000),
		long + "case a\n" + strings.Repeat("when a+'y' then 1\n", 1_000) + "end\n",
		array + strings.Repeat("b = a.include?(2)\n", 1_000),
		strings.Repeat("server 'a', b: 1\n", 2_000) + strings.Repeat("x = ChefServer['servers']\n", 1_000),
	} {
		_, err := rb.Evaluate(source, env())
		if e, ok := rb.As(err); !ok || !strings.Contains(e.Text, "too") {
			t.Errorf("%.40q…: %v", source, err)
		}
	}
}
