package main

import "testing"

func TestThisHost(t *testing.T) {
	h, err := thisHost()
	if err != nil || h.FQDN == "" {
		t.Errorf("%+v, %v", h, err)
	}
	for _, p := range h.Addresses {
		if p.Addr().IsLoopback() {
			t.Errorf("%s is every host's", p)
		}
	}
	if got := fullName("CHEF.example.com"); got != "chef.example.com" {
		t.Errorf("a full name became %s", got)
	}
}
