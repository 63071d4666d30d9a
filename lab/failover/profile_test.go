package failover_test

import (
	"testing"

	"tournant/lab/failover"
)

func TestProfilesInWords(t *testing.T) {
	for name, want := range map[string]string{
		"aws":     "EC2 takes 1-4 s to attach or detach and 3 s to move the address, keepalived speaks every 1 s",
		"instant": "EC2 takes no time, keepalived speaks every 0.2 s",
	} {
		p, err := failover.FindProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.String(); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}
