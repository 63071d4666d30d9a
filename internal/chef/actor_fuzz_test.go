package chef

import (
	"encoding/json"
	"testing"
)

// FuzzActors feeds every parser of an actor's body the same bytes: none may
// panic, errors are the client's, and what is echoed is JSON.
func FuzzActors(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `[]`, `{"name":"c","validator":true,"public_key":` + goodKey + `}`,
		`{"username":"u","display_name":"D","email":"d@example.org","password":"foobar","image_file_name":null}`,
		`{"name":"k","create_key":true,"expiration_date":"2099-02-28T01:00:00Z"}`,
		`{"name":"acme","full_name":"Acme"}`, `{"user":"u","username":"u","response":"accept"}`,
	} {
		f.Add([]byte(seed), 0)
		f.Add([]byte(seed), 1)
	}
	f.Fuzz(func(t *testing.T, body []byte, version int) {
		a := actorAPI(version)
		check := func(err error, echo func() []byte) {
			switch {
			case err != nil && CodeOf(err) != Invalid:
				t.Errorf("code %s: %v", CodeOf(err), err)
			case err == nil && !json.Valid(echo()):
				t.Errorf("echo is no JSON: %q", echo())
			}
		}
		none := func() []byte { return []byte("{}") }
		profile := func(u *User) func() []byte {
			return func() []byte {
				merged, err := u.MergeProfile(nil)
				if err != nil {
					t.Error(err)
				}
				return merged
			}
		}
		u, err := a.ParseUser(body)
		check(err, profile(u))
		u, err = a.ParseUserUpdate(body, version%2 == 0)
		check(err, profile(u))
		c, err := a.ParseClient(body)
		check(err, func() []byte { return c.Echo(version, "public", "private") })
		k, err := a.ParseKey(body)
		check(err, func() []byte { return k.Echo("public", "private") })
		k, err = a.ParseKeyUpdate(body)
		check(err, func() []byte { return k.Echo("public", "private") })
		o, err := ParseOrganization(body, "")
		check(err, func() []byte { return o.Echo })
		_, err = ParseAssociation(body)
		check(err, none)
		_, err = ParseInvitation(body)
		check(err, none)
		_, err = ParseInvitationResponse(body)
		check(err, none)
		_, err = ParseAuthentication(body)
		check(err, none)
		_, err = ParseRecovery(body)
		check(err, none)
	})
}
