package conformance

import (
	"fmt"
	"testing"
)

func testUsers(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"life v0", userLifeV0},
		{"life v1", userLifeV1},
		{"validation", userValidation},
		{"profile", userProfile},
		{"update", userUpdate},
		{"keys in v0 update", userKeysV0},
		{"rename", userRename},
		{"email", userEmail},
		{"list", userList},
		{"external authentication", userExternal},
		{"permissions", userPermissions},
	})
}

// profile is a request to update a user, with more fields at the end. A
// creation needs one of the two below besides.
func profile(name, more string) string {
	return fmt.Sprintf(`{"username":%q,"email":"%s@example.com","display_name":"D"%s}`, name, name, more)
}

const (
	withPassword = `,"password":"foobar"`
	elsewhere    = `,"external_authentication_uid":"$U"` // authenticates elsewhere
)

func userLifeV0(t *testing.T, o *org) {
	o.let("U", o.unique("bob"))
	shown := `{"username":"$U","email":"$U@example.com","display_name":"D"`
	o.super.Post("$root/users", profile("$U", withPassword)).Want(t, 201, `{"uri":"$root/users/$U","private_key":"<private>"}`).Location(t, "$root/users/$U")
	o.super.Get("$root/users").Want(t, 200, `{"$U":"$root/users/$U","<more>":0}`)
	o.super.Get("$root/users/$U").Want(t, 200, shown+`,"public_key":"<public>"}`)
	o.super.Post("$root/users", profile("$U", withPassword)).WantError(t, 409, "Username or email address already in use.")
	o.super.Delete("$root/users/$U").Want(t, 200, `{"username":"$U","<more>":0}`)
	o.super.Get("$root/users/$U").WantPlain(t, 404, "Could not find user $U")
	o.super.Put("$root/users/$U", profile("$U", "")).WantPlain(t, 404, "Could not find user $U")
	o.super.Delete("$root/users/$U").WantPlain(t, 404, "Could not find user $U")

	o.super.Post("$root/users", profile("$U", elsewhere+`,"public_key":"$pub0"`)).Want(t, 201, `{"uri":"$root/users/$U"}`)
	o.super.Get("$root/users/$U").Want(t, 200, shown+`,"public_key":"$pub0"}`)
	o.super.Delete("$root/users/$U").Ok(t)
	o.super.Post("$root/users", profile("$U", elsewhere+`,"public_key":null`)).Want(t, 201, `{"uri":"$root/users/$U","private_key":"<private>"}`)
	o.super.Delete("$root/users/$U").Ok(t)
	o.super.Post("$root/users", profile("$U", elsewhere+`,"public_key":"nope","private_key":true`)).Want(t, 201, `{"uri":"$root/users/$U","private_key":"<private>"}`)
	o.super.Delete("$root/users/$U").Ok(t)
}

func userLifeV1(t *testing.T, o *org) {
	for version := 1; version <= 2; version++ {
		super := o.super.v(version)
		o.let("U", o.unique("bob"))
		key := func(public, private string) string {
			return `{"uri":"$root/users/$U","chef_key":{"name":"default","uri":"$root/users/$U/keys/default",
				"public_key":"` + public + `","expiration_date":"infinity"` + private + `}}`
		}
		super.Post("$root/users", profile("$U", elsewhere)).WantCreated(t, "$root/users/$U")
		super.Get("$root/users/$U").Want(t, 200, `{"username":"$U","email":"$U@example.com","display_name":"D"}`)
		super.Get("$root/users/$U/keys").Want(t, 200, `[]`)
		super.Delete("$root/users/$U").Want(t, 200, `{"username":"$U","email":"$U@example.com","display_name":"D"}`)
		super.Post("$root/users", profile("$U", elsewhere+`,"create_key":true`)).Want(t, 201, key("<public>", `,"private_key":"<private>"`)).
			Location(t, "$root/users/$U")
		super.Delete("$root/users/$U").Ok(t)
		super.Post("$root/users", profile("$U", elsewhere+`,"public_key":"$pub1"`)).Want(t, 201, key("$pub1", ""))
		super.Put("$root/users/$U", profile("$U", "")).Want(t, 200, `{"uri":"$root/users/$U"}`)
		const moved = "Since Server API v1, all keys must be updated via the keys endpoint. "
		super.rejects(t, "PUT", "$root/users/$U", []refusal{
			{profile("$U", `,"public_key":"$pub0"`), moved},
			{profile("$U", `,"create_key":true`), moved},
			{profile("$U", `,"private_key":true`), "Please use create_key: true instead of private_key: true"},
		})
		super.Delete("$root/users/$U").Ok(t)
		super.rejects(t, "POST", "$root/users", []refusal{
			{profile("$U", elsewhere+`,"private_key":true`), "Please use create_key: true instead of private_key: true"},
			{profile("$U", elsewhere+`,"create_key":true,"public_key":"$pub0"`), "You must specify either create_key or public_key, but not both"},
			{profile("$U", elsewhere+`,"public_key":"nope"`), "Public Key must be a valid key."},
		})
	}
}

// userFaults are bodies that neither create nor update user U.
var userFaults = []refusal{
	{`{`, "invalid JSON"},
	{`{}`, "Field 'username' missing"},
	{`{"username":"A","email":"a@b.cd","display_name":"D","password":"foobar"}`, "Field 'username' invalid"},
	{`{"username":"a.b","email":"a@b.cd","display_name":"D","password":"foobar"}`, "Field 'username' invalid"},
	{`{"username":"a b","email":"a@b.cd","display_name":"D","password":"foobar"}`, "Field 'username' invalid"},
	{`{"username":1,"email":"a@b.cd","display_name":"D","password":"foobar"}`, "Field 'username' invalid"},
	{`{"name":"A","username":"a","email":"a@b.cd","display_name":"D","password":"foobar"}`, "Field 'name' invalid"},
	{`{"username":"$U","email":"a@b.cd","password":"foobar"}`, "Field 'display_name' missing"},
	{`{"username":"$U","email":"a@b.cd","display_name":1,"password":"foobar"}`, "Field 'display_name' invalid"},
	{`{"username":"$U","display_name":"D","password":"foobar"}`, "Field 'email' missing"},
	{`{"username":"$U","email":"nope","display_name":"D","password":"foobar"}`, "email must be valid"},
	{`{"username":"$U","email":"a@b","display_name":"D","password":"foobar"}`, "email must be valid"},
	{`{"username":"$U","email":"a@b.cd","display_name":"D","password":"short"}`, "Password must have at least 6 characters"},
	{`{"username":"$U","email":"a@b.cd","display_name":"D","password":""}`, "Password must have at least 6 characters"},
	{`{"username":"$U","email":"a@b.cd","display_name":"D","password":"foobar","first_name":1}`, "Field 'first_name' invalid"},
	{`{"username":"$U","email":"a@b.cd","display_name":"D","password":"foobar","middle_name":null}`, "Field 'middle_name' invalid"},
	{`{"username":"$U","email":"a@b.cd","display_name":"D","password":"foobar","last_name":[]}`, "Field 'last_name' invalid"},
	{`{"username":"$U","email":"a@b.cd","display_name":"D","password":"foobar","city":{}}`, "Field 'city' invalid"},
	{`{"username":"$U","email":"a@b.cd","display_name":"D","password":"foobar","country":1}`, "Field 'country' invalid"},
	{`{"username":"$U","email":"a@b.cd","display_name":"D","password":"foobar","twitter_account":1}`, "Field 'twitter_account' invalid"},
	{`{"username":"$U","email":"a@b.cd","display_name":"D","password":"foobar","external_authentication_uid":1}`, "Field 'external_authentication_uid' invalid"},
	{`{"username":"$U","email":"a@b.cd","display_name":"D","password":"foobar","public_key":"nope"}`, "Public Key must be a valid key."},
}

func userValidation(t *testing.T, o *org) {
	o.let("U", o.unique("bob"))
	o.super.rejects(t, "POST", "$root/users", userFaults)
	o.super.rejectsAll(t, "POST", "$root/users", ``, `[]`)
	o.super.rejects(t, "POST", "$root/users", []refusal{
		{profile("$U", withPassword+`,"public_key":"`+jsonEscaped(certificatePEM(t, o.keys[0]))+`"`), "Public Key must be a valid key."},
	})
	o.super.rejects(t, "POST", "$root/users", []refusal{
		{`{"username":"$U","email":"a@b.cd","display_name":"D"}`, "Field 'password' missing"},
	})
	o.super.Get("$root/users/$U").Want(t, 404, "")
	o.super.Post("$root/users", profile("$U", withPassword+`,"public_key":"$pub0"`)).Ok(t)
	o.super.rejects(t, "PUT", "$root/users/$U", userFaults)
	o.super.rejects(t, "PUT", "$root/users/$U", []refusal{
		{profile("$U", `,"recovery_authentication_enabled":"yes"`), "Field 'recovery_authentication_enabled' invalid"},
		{profile("$U", `,"private_key":"yes"`), "Field 'private_key' invalid"},
	})
	o.super.Get("$root/users/$U").Want(t, 200, `{"username":"$U","email":"$U@example.com","display_name":"D","public_key":"$pub0"}`)
	o.super.Delete("$root/users/$U").Ok(t)
}

func userProfile(t *testing.T, o *org) {
	o.let("U", o.unique("bob"))
	all := `"first_name":"Ünïcode","middle_name":"","last_name":"Ö","city":"東京","country":"C","twitter_account":"T","image_file_name":"I"`
	o.super.Post("$root/users", profile("$U", elsewhere+`,`+all+`,"public_key":"$pub0","frob":1,"admin":true`)).Ok(t)
	shown := func(fields string) string {
		return `{"username":"$U","email":"$U@example.com","display_name":"D","public_key":"$pub0",` + fields + `}`
	}
	o.super.Get("$root/users/$U").Want(t, 200, shown(all))
	// What an update leaves out stays; only image_file_name can be taken away.
	o.super.Put("$root/users/$U", profile("$U", `,"city":"Bonn","image_file_name":null`)).Want(t, 200, `{"uri":"$root/users/$U"}`)
	o.super.Get("$root/users/$U").Want(t, 200,
		shown(`"first_name":"Ünïcode","middle_name":"","last_name":"Ö","city":"Bonn","country":"C","twitter_account":"T"`))
	o.super.Delete("$root/users/$U").Ok(t)
	o.let("U", o.unique("alice"))
	o.super.Post("$root/users", `{"name":"$U","email":"$U@example.com","display_name":"","password":"foobar"}`).
		Want(t, 201, `{"uri":"$root/users/$U","private_key":"<private>"}`)
	o.super.Delete("$root/users/$U").Ok(t)
}

func userUpdate(t *testing.T, o *org) {
	o.let("U", o.unique("bob"))
	o.super.Post("$root/users", profile("$U", withPassword+`,"first_name":"First","public_key":"$pub0"`)).Ok(t)
	defer o.super.Delete("$root/users/$U")
	self := o.newActor(o.vars.expand("$U"), o.keys[0], o.url(), o.vars)
	self.Put("$root/users/$U", profile("$U", "")).Want(t, 200, `{"uri":"$root/users/$U"}`)
	self.Put("$root/users/$U", `{"username":"$U","email":"$U@example.org","display_name":"E"}`).Want(t, 200, `{"uri":"$root/users/$U"}`)
	self.Get("$root/users/$U").Want(t, 200, `{"username":"$U","email":"$U@example.org","display_name":"E","first_name":"First","public_key":"$pub0"}`)
	// The password given last holds; an update without one keeps it.
	login := `{"username":"$U","password":"%s"}`
	o.super.Post("$root/authenticate_user", fmt.Sprintf(login, "foobar")).Want(t, 200, "")
	self.Put("$root/users/$U", profile("$U", `,"password":"barfoo"`)).Ok(t)
	o.super.Post("$root/authenticate_user", fmt.Sprintf(login, "foobar")).Want(t, 401, "")
	o.super.Post("$root/authenticate_user", fmt.Sprintf(login, "barfoo")).Want(t, 200, "")
}

func userKeysV0(t *testing.T, o *org) {
	self := o.newLocalUser(t, "bob")
	o.let("U", self.name())
	o.super.Put("$root/users/$U", profile("$U", `,"public_key":null`)).Want(t, 200, `{"uri":"$root/users/$U"}`)
	self.Get("$root/users/$U").Want(t, 200, `{"public_key":"$pub0","<more>":0}`)
	o.super.Put("$root/users/$U", profile("$U", `,"public_key":"$pub1"`)).Want(t, 200, `{"uri":"$root/users/$U"}`)
	self.Get("$root/users/$U").WantError(t, 401, "Invalid signature for user or client '$U'")
	self.withKey(o.keys[1]).Get("$root/users/$U").Want(t, 200, `{"public_key":"$pub1","<more>":0}`)
	o.super.Put("$root/users/$U", profile("$U", `,"private_key":true`)).Want(t, 200, `{"uri":"$root/users/$U","private_key":"<private>"}`)
	self.withKey(o.keys[1]).Get("$root/users/$U").Want(t, 401, "")
	o.super.Put("$root/users/$U", profile("$U", `,"private_key":false`)).Want(t, 200, `{"uri":"$root/users/$U"}`)
	// An update of the default key also lifts its expiry.
	o.super.Put("$root/users/$U/keys/default", `{"expiration_date":"2012-01-01T00:00:00Z"}`).Ok(t)
	o.super.Put("$root/users/$U", profile("$U", `,"public_key":"$pub0"`)).Ok(t)
	self.Get("$root/users/$U/keys/default").Want(t, 200, `{"name":"default","public_key":"$pub0","expiration_date":"infinity"}`)
}
