package ha_test

import (
	"os"
	"strings"
	"testing"

	"tournant/internal/ha"
)

// Whoever is called at night looks up what ha-status says, word by word.
func TestTheRunbookHasAllThatAStatusCanSay(t *testing.T) {
	text, err := os.ReadFile("../../docs/runbook.md")
	if err != nil {
		t.Fatal(err)
	}
	runbook := string(text)
	reasons := append(ha.Reasons(), ha.ReasonNone)
	for _, r := range reasons {
		if row := "\n| " + r.String() + " |"; !strings.Contains(runbook, row) {
			t.Errorf("docs/runbook.md has no row for the reason %q", r)
		}
	}
	for s := ha.StateStandby; s <= ha.StateFenced; s++ {
		if row := "\n| `" + s.String() + "` |"; !strings.Contains(runbook, row) {
			t.Errorf("docs/runbook.md has no row for the state %q", s)
		}
	}
	_, actions, _ := strings.Cut(runbook, "\n### What the agent could not do\n")
	for _, a := range ha.Actions() {
		if !strings.Contains(actions, "`"+a.String()+"`") {
			t.Errorf("docs/runbook.md does not say what to do when %s fails", a)
		}
	}
}
