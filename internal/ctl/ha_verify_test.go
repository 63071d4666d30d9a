package ctl

import (
	"encoding/json"
	"slices"
	"testing"

	"tournant/internal/haverify"
	"tournant/internal/storage/storagetest"
)

// The findings are haverify's; here is how they are shown.
func TestVerifyHA(t *testing.T) {
	p := &play{frames: []frame{{standby("be1"), primary("be2")}}}
	a, out, _ := onHost(t, "be1", p)
	account(t, a, false, be2ID)
	a.Storage.Sys = storagetest.Sys{"block/": ""}.Write(t)
	if code := Run(t.Context(), a.Env, []string{"ha-verify"}); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	inOrder(t, "ha-verify", out.String(), []string{
		"[FAILED] keepalived is not installed\n     stat ", "     Install it: apt-get install keepalived", "[OK] tournant-ha.service runs and starts with the host\n",
		"[OK] VRRP reaches the other backend: be1 is backup, be2 is master\n", "\n\n[FAILED] ", " checks failed.",
	})
	out.Reset()
	if code := Run(t.Context(), a.Env, []string{"ha-verify", "--json"}); code != 1 {
		t.Errorf("--json: exit code %d, want 1", code)
	}
	var r haverify.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Host != "be1" || r.OK ||
		!slices.ContainsFunc(r.Checks, func(f haverify.Finding) bool { return f.Name == "vrrp" && f.OK }) {
		t.Errorf("--json: %v, %+v", err, r)
	}
	if exitOf(haverify.Report{OK: true}) != 0 {
		t.Error("where all is well the exit code is not 0")
	}
}
