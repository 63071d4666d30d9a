package link_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tournant/internal/ha"
	"tournant/internal/ha/link"
)

func TestProof(t *testing.T) {
	be1, be2 := identity(t, "be1", secret), identity(t, "be2", secret)
	nonce := link.NewNonce()
	good := be1.Prove(nonce, 7, 400*time.Millisecond)
	if age := good.Age(); age < 400*time.Millisecond || age > 410*time.Millisecond {
		t.Errorf("age %v, want no less than 400 ms and little more", age)
	}
	if err := be2.Check(&good, "be1", nonce); err != nil {
		t.Errorf("a good proof: %v", err)
	}
	stranger := identity(t, "be1", another).Prove(nonce, 7, 0)
	if err := be2.Check(&stranger, "be1", nonce); err == nil {
		t.Error("a stranger's proof is taken")
	}
	for what, change := range map[string]func(*link.Proof){
		"of another host":       func(p *link.Proof) { p.Node = "be2" },
		"of another question":   func(p *link.Proof) { p.Nonce = link.NewNonce() },
		"made younger":          func(p *link.Proof) { p.AgeMS-- },
		"from the future":       func(p *link.Proof) { p.AgeMS = -1 },
		"of another epoch":      func(p *link.Proof) { p.Epoch++ },
		"without a signature":   func(p *link.Proof) { p.Signature = nil },
		"with half a signature": func(p *link.Proof) { p.Signature = p.Signature[:32] },
	} {
		p := good
		change(&p)
		if err := be2.Check(&p, "be1", nonce); err == nil {
			t.Errorf("a proof %s is taken", what)
		}
	}
	replayed := link.NewNonce()
	if err := be2.Check(&good, "be1", replayed); err == nil {
		t.Error("a proof that answers an earlier question is taken")
	}
}

func TestProofSurvivesJSON(t *testing.T) {
	nonce := link.NewNonce()
	want := identity(t, "be1", secret).Prove(nonce, 1<<63, time.Second)
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got link.Proof
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := identity(t, "be2", secret).Check(&got, "be1", nonce); err != nil {
		t.Error(err)
	}
}

func TestReportSurvivesItsWay(t *testing.T) {
	for _, state := range []ha.State{ha.StateStandby, ha.StatePromoting, ha.StatePrimary, ha.StateDemoting, ha.StateFenced} {
		for bits := range 16 {
			want := ha.Report{State: state, Epoch: uint64(bits), Holds: bits&1 != 0, Lease: bits&2 != 0, Yields: bits&4 != 0, Ready: bits&8 != 0}
			got, err := link.Sent(want).Received()
			if err != nil || got != want {
				t.Errorf("%+v: got %+v, %v", want, got, err)
			}
		}
	}
	if r, err := (link.Report{State: "napping"}).Received(); err == nil || !strings.Contains(err.Error(), "napping") {
		t.Errorf("an unknown state: %+v, %v", r, err)
	}
}

// Whatever comes from the network is read or refused.
func FuzzMessages(f *testing.F) {
	f.Add([]byte(`{"node":"be1","epoch":7,"age_ms":1,"nonce":"00112233445566778899aabbccddeeff","signature":"AA=="}`))
	f.Add([]byte(`{"state":"primary","epoch":7,"holds":true,"lease":true,"yields":false,"ready":true}`))
	f.Add([]byte(`{"nonce":"xy"}`))
	be2, err := link.NewIdentity("be2", secret)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var p link.Proof
		if json.Unmarshal(data, &p) == nil && be2.Check(&p, "be1", p.Nonce) == nil {
			t.Errorf("%s is a proof", data)
		}
		var r link.Report
		if json.Unmarshal(data, &r) != nil {
			return
		}
		if report, err := r.Received(); err == nil && link.Sent(report) != r {
			t.Errorf("%s: %+v became %+v", data, r, report)
		}
	})
}
