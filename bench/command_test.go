package bench

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"
)

func execute(t *testing.T, args ...string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	cmd := Command()
	cmd.SetOut(&out)
	cmd.SetErr(&out)
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestHelp(t *testing.T) {
	help, err := execute(t, "--help")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range strings.Fields(`get-node put-node get-environment depsolve list-nodes search fleet Examples:
		--url --user --key --org --connections --duration --seed --tls-per-request --json --pid`) {
		if !strings.Contains(help, text) {
			t.Errorf("%s is not in the help", text)
		}
	}
}

func TestCommand(t *testing.T) {
	f := newPrepared(t, 20, (*httptest.Server).StartTLS)
	key := testConfig(t, f.URL).keyFile
	out, err := execute(t, "--url", f.URL, "--user", "pivotal", "--key", key, "--nodes", "20", "--setup=false",
		"--connections", "1,2", "--duration", "50ms", "--warmup", "20ms", "get-node", "get-environment")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out) {
		got = append(got, strings.Join(strings.Fields(line)[:2], " "))
	}
	want := "load conns|get-node 1|get-node 2|get-environment 1|get-environment 2"
	if strings.Join(got, "|") != want {
		t.Errorf("got:\n%s", out)
	}
}

func TestUsageErrors(t *testing.T) {
	required := []string{"--url", "http://127.0.0.1:1", "--user", "pivotal", "--key", "x"}
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"no load", required, "requires at least 1 arg"},
		{"unknown load", append(required, "get-cookie"), `invalid argument "get-cookie"`},
		{"no URL", []string{"--user", "pivotal", "--key", "x", "get-node"}, `required flag(s) "url"`},
		{"connections", append(required, "--connections", "0", "get-node"), "--connections 0"},
		{"duration", append(required, "--duration", "0s", "get-node"), "--duration"},
		{"nodes", append(required, "--nodes", "0", "get-node"), "--nodes"},
		{"rows", append(required, "--rows", "0", "search"), "--rows"},
		{"rate", append(required, "--rate", "-1", "search"), "--rate"},
		{"rate of a fleet", append(required, "--rate", "5", "fleet"), "--rate"},
		{"scheme", []string{"--url", "ftp://x", "--user", "pivotal", "--key", "x", "get-node"}, "neither http nor https"},
		{"no key file", append(required, "get-node"), "no such file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := execute(t, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
