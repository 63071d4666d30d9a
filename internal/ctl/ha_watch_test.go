package ctl

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

// untilTwice ends what writes to it once it has seen something twice.
type untilTwice struct {
	bytes.Buffer
	what string
	end  context.CancelFunc
}

func (u *untilTwice) Write(b []byte) (int, error) {
	n, err := u.Buffer.Write(b)
	if strings.Count(u.String(), u.what) >= 2 {
		u.end()
	}
	return n, err
}

func TestWatch(t *testing.T) {
	for _, test := range []struct{ args, what string }{
		{"ha-status --watch --interval 100ms", "[OK] all checks passed.\n\n"},
		{"ha-status -w --json --interval 100ms", "\"ok\":true}\n"},
	} {
		s := primary("be1")
		s.Checks[0].Code = 0
		a, _, _ := onHost(t, "be1", &play{frames: []frame{{s, standby("be2")}}})
		ctx, cancel := context.WithCancel(t.Context())
		out := &untilTwice{what: test.what, end: cancel}
		a.Stdout = out
		if code := Run(ctx, a.Env, strings.Fields(test.args)); code != 0 {
			t.Errorf("%s: exit code %d", test.args, code)
		}
		if n := strings.Count(out.String(), test.what); n != 2 || strings.Contains(out.String(), "\x1b") {
			t.Errorf("%s: %d times:\n%q", test.args, n, out)
		}
		cancel()
	}
}

func TestRedrawn(t *testing.T) {
	if got, want := string(redrawn([]byte("a\nb\n"))), "\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
