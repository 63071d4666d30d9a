package chef

import (
	"strings"
	"testing"
)

func TestParseOrganization(t *testing.T) {
	long := strings.Repeat("n", 255)
	tests := []struct {
		current string
		body    string
		want    string
	}{
		{"", `{"name":"acme","full_name":"Acme","org_type":"Business"}`, ""},
		{"", `{"name":"` + long + `","full_name":"Acme"}`, ""},
		{"", `{"name":"` + long + `n","full_name":"Acme"}`, "Field 'name' invalid"},
		{"", `{"name":"-acme","full_name":"Acme"}`, "Field 'name' invalid"},
		{"", `{"name":"Acme","full_name":"Acme"}`, "Field 'name' invalid"},
		{"", `{"full_name":"Acme"}`, "Field 'name' missing"},
		{"", `{"name":"acme"}`, "Field 'full_name' missing"},
		{"", `{"name":"acme","full_name":" Acme"}`, "Field 'full_name' invalid"},
		{"", `{"name":"acme","full_name":""}`, "Field 'full_name' invalid"},
		{"", `{"name":"acme","full_name":"` + strings.Repeat("x", 1024) + `"}`, "Field 'full_name' invalid"},
		{"acme", `{"name":"acme","full_name":"A"}`, ""},
		{"acme", `{"name":"other","full_name":"A"}`, "Field 'name' invalid"},
	}
	for _, test := range tests {
		_, err := ParseOrganization([]byte(test.body), test.current)
		wantMessage(t, test.body, err, test.want)
	}
}

func TestParseInvitationResponse(t *testing.T) {
	tests := []struct {
		body   string
		accept bool
		want   string
	}{
		{`{"response":"accept"}`, true, ""},
		{`{"response":"reject"}`, false, ""},
		{`{"response":"maybe"}`, false, "Param response must be either 'accept' or 'reject'"},
		{`{"response":1}`, false, "Field 'response' invalid"},
		{`{}`, false, "Field 'response' missing"},
		{``, false, "invalid JSON"},
	}
	for _, test := range tests {
		accept, err := ParseInvitationResponse([]byte(test.body))
		wantMessage(t, test.body, err, test.want)
		if err == nil && accept != test.accept {
			t.Errorf("%s: accept %v", test.body, accept)
		}
	}
}

func TestParseCredentials(t *testing.T) {
	tests := []struct {
		parse func([]byte) (Credentials, error)
		body  string
		want  string
	}{
		{ParseAuthentication, ``, "invalid user authentication request"},
		{ParseAuthentication, `{}`, "Field 'password' missing"},
		{ParseAuthentication, `{"password":"p"}`, "Field 'username' missing"},
		{ParseAuthentication, `{"password":"  ","username":"u"}`, "Field 'password' invalid"},
		{ParseAuthentication, `{"password":"p","username":"u","more":1}`, ""},
		{ParseRecovery, ``, "Invalid system recovery request"},
		{ParseRecovery, `{}`, "Field 'username' missing"},
		{ParseRecovery, `{"username":"u"}`, "Field 'password' missing"},
	}
	for _, test := range tests {
		_, err := test.parse([]byte(test.body))
		wantMessage(t, test.body, err, test.want)
	}
}
