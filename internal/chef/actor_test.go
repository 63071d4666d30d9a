package chef

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"strings"
	"testing"
	"time"
)

// actorAPI takes any PEM that has a marker of our own in it.
func actorAPI(version int) ActorAPI {
	return ActorAPI{Version: version, CheckKey: func(pem []byte) error {
		if strings.Contains(string(pem), "good") {
			return nil
		}
		return errors.New("bad")
	}}
}

const (
	goodKey  = `"-----BEGIN PUBLIC KEY-----good"`
	badKey   = `"-----BEGIN PUBLIC KEY-----rotten"`
	goodCert = `"-----BEGIN CERTIFICATE-----good"`
)

func wantMessage(t *testing.T, body string, err error, want string) {
	t.Helper()
	got := ""
	var e *Error
	if errors.As(err, &e) {
		got = e.Message
	} else if err != nil {
		got = "not a chef.Error: " + err.Error()
	}
	if got != want {
		t.Errorf("%s: error %q, want %q", body, got, want)
	}
	if e != nil && e.Code != Invalid {
		t.Errorf("%s: code %s, want %s", body, e.Code, Invalid)
	}
}

func TestParseUser(t *testing.T) {
	const (
		noKey  = "Public Key must be a valid key."
		both   = "You must specify either create_key or public_key, but not both"
		please = "Please use create_key: true instead of private_key: true"
	)
	// Each body is completed with what its test does not name.
	tests := []struct {
		version int
		body    string
		want    string
	}{
		{0, `"username":"u"`, ""},
		{0, `"name":"u","username":"Not Looked At"`, ""},
		{0, `"username":"U"`, "Field 'username' invalid"},
		{0, `"name":"u.v"`, "Field 'name' invalid"},
		{0, `"name":3`, "Field 'name' invalid"},
		{0, `"x":1`, "Field 'username' missing"},
		{0, `"username":"u","display_name":null`, "Field 'display_name' invalid"},
		{0, `"username":"u","first_name":null`, "Field 'first_name' invalid"},
		{0, `"username":"u","city":1,"middle_name":[]`, "Field 'middle_name' invalid"},
		{0, `"username":"u","image_file_name":{"any":1}`, ""},
		{0, `"username":"u","password":"12345"`, "Password must have at least 6 characters"},
		{0, `"username":"u","password":123456`, "Field 'password' invalid"},
		{0, `"username":"u","email":"no"`, "email must be valid"},
		{0, `"username":"u","email":"A.B+c@Example.Org"`, ""},
		{0, `"username":"u","email":"a@[10.0.0.255]"`, ""},
		{0, `"username":"u","email":"a@host"`, "email must be valid"},
		{0, `"username":"u","email":null`, "Field 'email' invalid"},
		{0, `"username":"u","email":"any form","external_authentication_uid":"dn"`, ""},
		{0, `"username":"u","public_key":null`, ""},
		{0, `"username":"u","public_key":` + goodKey, ""},
		{0, `"username":"U","public_key":` + badKey, noKey},
		{0, `"username":"u","public_key":` + goodCert, noKey},
		{0, `"username":"u","public_key":` + badKey + `,"private_key":true`, ""},
		{1, `"username":"U","public_key":` + badKey, noKey},
		{1, `"username":"u","public_key":` + goodKey + `,"create_key":true`, both},
		{1, `"username":"u","public_key":` + goodKey + `,"create_key":false`, ""},
		{2, `"username":"u","private_key":false`, please},
		{2, `"username":"u","create_key":"yes"`, "Field 'create_key' invalid"},
	}
	for _, test := range tests {
		body := "{" + test.body
		for key, value := range map[string]string{"display_name": `"D"`, "email": `"d@example.org"`, "password": `"foobar"`} {
			if !strings.Contains(test.body, `"`+key+`"`) {
				body += `,"` + key + `":` + value
			}
		}
		_, err := actorAPI(test.version).ParseUser([]byte(body + "}"))
		wantMessage(t, body, err, test.want)
	}
}

func TestParseUserRequires(t *testing.T) {
	tests := map[string]string{
		`{"username":"u"}`:                                                      "Field 'display_name' missing",
		`{"username":"u","display_name":""}`:                                    "Field 'email' missing",
		`{"username":"u","display_name":"","email":"a@b.org"}`:                  "Field 'password' missing",
		`{"username":"u","display_name":"","external_authentication_uid":"dn"}`: "",
		`[]`: "Incorrect JSON type for request body",
		``:   "invalid JSON",
	}
	for body, want := range tests {
		_, err := actorAPI(0).ParseUser([]byte(body))
		wantMessage(t, body, err, want)
	}
}

func TestParseUserUpdate(t *testing.T) {
	const moved = "Since Server API v1, all keys must be updated via the keys endpoint. "
	base := `{"username":"u","display_name":"D","email":"d@example.org"`
	tests := []struct {
		version  int
		external bool
		body     string
		want     string
	}{
		{0, false, base + `}`, ""},
		{0, false, `{"username":"u","display_name":"D"}`, "Field 'email' missing"},
		{0, true, `{"username":"u","display_name":"D"}`, ""},
		{0, false, base + `,"private_key":"true"}`, "Field 'private_key' invalid"},
		{0, false, base + `,"recovery_authentication_enabled":1}`, "Field 'recovery_authentication_enabled' invalid"},
		{1, false, base + `,"public_key":` + goodKey + `}`, moved},
		{1, false, base + `,"create_key":true}`, moved},
		{1, false, base + `,"private_key":true}`, "Please use create_key: true instead of private_key: true"},
	}
	for _, test := range tests {
		_, err := actorAPI(test.version).ParseUserUpdate([]byte(test.body), test.external)
		wantMessage(t, test.body, err, test.want)
	}
}

func TestUserProfile(t *testing.T) {
	body := `{"username":"u","display_name":"New","email":"D@Example.org","city":"Ulm","image_file_name":null,"admin":true}`
	u, err := actorAPI(0).ParseUserUpdate([]byte(body), false)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := u.MergeProfile([]byte(`{"display_name":"Old","last_name":"L","image_file_name":"x.png"}`))
	if want := `{"display_name":"New","last_name":"L","city":"Ulm"}`; err != nil || string(profile) != want {
		t.Fatalf("profile %s, %v; want %s", profile, err, want)
	}
	key := ""
	doc, err := UserDocument("u", u.Email, profile, &key)
	want := `{"username":"u","email":"d@example.org","display_name":"New","last_name":"L","city":"Ulm","public_key":null}`
	if err != nil || string(doc) != want {
		t.Fatalf("document %s, %v; want %s", doc, err, want)
	}
}

func TestParseClient(t *testing.T) {
	const malformed = "' using regex: 'Malformed client name.  Must be A-Z, a-z, 0-9, _, -, or .'."
	tests := []struct {
		version int
		body    string
		want    string
	}{
		{0, `{"name":"c"}`, ""},
		{0, `{"clientname":"c.d","admin":true}`, ""},
		{0, `{"name":"c","clientname":"c"}`, ""},
		{0, `{"name":"c","clientname":"d"}`, "name and clientname must match"},
		{0, `{}`, "Field 'name' missing"},
		{0, `{"name":"a b"}`, "Invalid client name 'a b" + malformed},
		{0, `{"name":""}`, "Invalid client name '" + malformed},
		{0, `{"name":[]}`, "Field 'name' invalid"},
		{0, `{"name":"c","validator":null}`, "Field 'validator' invalid"},
		{0, `{"name":"c","private_key":1}`, "Field 'private_key' invalid"},
		{0, `{"name":"c","certificate":` + goodCert + `}`, ""},
		{0, `{"name":"c","public_key":` + badKey + `}`, "Public Key must be a valid key."},
		{1, `{"name":"c","public_key":` + goodCert + `}`, "Public Key must be a valid key."},
		{1, `{"name":"c","public_key":` + goodKey + `}`, ""},
		{1, `"c"`, "Incorrect JSON type for request body"},
	}
	for _, test := range tests {
		_, err := actorAPI(test.version).ParseClient([]byte(test.body))
		wantMessage(t, test.body, err, test.want)
	}
}

func TestClientEcho(t *testing.T) {
	c, err := actorAPI(0).ParseClientUpdate([]byte(`{"note":1}`), "old", true)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "old" || !c.Validator {
		t.Errorf("name %q, validator %v: what the body leaves out stays", c.Name, c.Validator)
	}
	want := `{"note":1,"name":"old","clientname":"old","validator":true,"json_class":"Chef::ApiClient",` +
		`"chef_type":"client","public_key":"K","private_key":false}`
	if got := string(c.Echo(0, "K", "")); got != want {
		t.Errorf("echo %s, want %s", got, want)
	}
}

func TestClientDocument(t *testing.T) {
	none, some := "", "K"
	head := `{"name":"c","clientname":"c","validator":true,"orgname":"acme","json_class":"Chef::ApiClient","chef_type":"client"`
	for _, test := range []struct {
		key  *string
		want string
	}{{nil, head + "}"}, {&none, head + `,"public_key":null}`}, {&some, head + `,"public_key":"K"}`}} {
		if got := string(ClientDocument("acme", "c", true, test.key)); got != test.want {
			t.Errorf("document %s, want %s", got, test.want)
		}
	}
}

func TestParseKey(t *testing.T) {
	const neither = "You must either provide a valid value for 'public_key', or specify 'create_key': true"
	date := func(s string) string { return `{"name":"k","create_key":true,"expiration_date":` + s + `}` }
	bad := "Field expiration_date is invalid. All dates must be a valid date in ISO8601 form of exactly " +
		`YYYY-MM-DDThh:mm:ss, eg 2099-02-28T01:00:00, or the string "infinity". ` +
		"All times are assumed UTC, so do not include a Z on the end of your date."
	tests := map[string]string{
		date(`"infinity"`):                 "",
		date(`"2099-02-28T01:00:00Z"`):     "",
		date(`"2099-02-28T01:00:00"`):      bad,
		date(`"2099-02-28T01:00:00.5Z"`):   bad,
		date(`"2010-09-32T10:00:00Z"`):     bad,
		date(`""`):                         bad,
		date(`5`):                          "Field 'expiration_date' invalid",
		`{"name":"k","create_key":true}`:   "Field 'expiration_date' missing",
		`{"name":"k"}`:                     neither,
		`{"name":"k","create_key":false}`:  neither,
		`{"name":"k k","create_key":true}`: "Field 'name' invalid",
		`{"create_key":true}`:              "Field 'name' missing",
	}
	for body, want := range tests {
		_, err := actorAPI(0).ParseKey([]byte(body))
		wantMessage(t, body, err, want)
	}
}

func TestParseKeyUpdate(t *testing.T) {
	const one = "At least one of 'name', 'expiration_date', or 'public_key' must be specified"
	for body, want := range map[string]string{
		`{}`:                    one,
		`{"other":1}`:           one,
		`{"create_key":false}`:  "",
		`{"name":"k","more":1}`: "",
	} {
		_, err := actorAPI(0).ParseKeyUpdate([]byte(body))
		wantMessage(t, body, err, want)
	}
	k, err := actorAPI(0).ParseKeyUpdate([]byte(`{"create_key":true,"expiration_date":"2099-01-01T00:00:00Z"}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC); !k.Expires.Set || !k.Expires.At.Equal(want) {
		t.Errorf("expires %+v, want %v", k.Expires, want)
	}
	want := `{"expiration_date":"2099-01-01T00:00:00Z","public_key":"A","private_key":"B"}`
	if got := string(k.Echo("A", "B")); got != want {
		t.Errorf("echo %s, want %s", got, want)
	}
}

func TestShownKeyOfCertificate(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "c"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	want := string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))
	if got := ShownKey(string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))); got != want {
		t.Errorf("shown %q, want %q", got, want)
	}
	for _, text := range []string{"", want, "-----BEGIN CERTIFICATE-----"} {
		if got := ShownKey(text); got != text {
			t.Errorf("ShownKey(%q) = %q", text, got)
		}
	}
}

// The first instant of the calendar is a date that is over, though Go's zero
// time means no date.
func TestFirstDateIsOver(t *testing.T) {
	k, err := actorAPI(1).ParseKeyUpdate([]byte(`{"expiration_date":"0001-01-01T00:00:00Z"}`))
	if err != nil || k.Expires.At.IsZero() {
		t.Errorf("%+v, %v: the key never expires", k, err)
	}
}
