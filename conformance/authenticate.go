package conformance

import "testing"

func testAuthenticate(t *testing.T, o *org) {
	o.parts(t, []noun{{"user", authenticateUser}, {"recovery", systemRecovery}})
}

const wrongPassword = "Failed to authenticate: Username and password incorrect"

func authenticateUser(t *testing.T, o *org) {
	const at = "$root/authenticate_user"
	o.let("U", o.unique("bob"))
	o.super.Post("$root/users", profile("$U", withPassword+`,"first_name":"First"`)).Ok(t)
	defer o.super.Delete("$root/users/$U")
	good := `{"username":"$U","password":"foobar"}`
	linked := `{"status":"linked","user":{"username":"$U","email":"$U@example.com","display_name":"D","first_name":"First"}}`
	for version := range 3 {
		o.super.v(version).Post(at, good).Want(t, 200, linked)
	}
	o.super.Post(at, `{"username":"$U","password":"foobar","local":true,"frob":{}}`).Want(t, 200, linked)
	o.super.Post(at, `{"username":"$U","password":"barfoo"}`).WantError(t, 401, wrongPassword)
	o.super.Post(at, `{"username":"$U","password":"FOOBAR"}`).WantError(t, 401, wrongPassword)
	o.super.Post(at, `{"username":"$stranger","password":"foobar"}`).WantError(t, 401, wrongPassword)
	o.super.Post(at, `{"username":"$super","password":"foobar"}`).Want(t, 403, "")
	for _, who := range []actor{o.admin, o.user, o.outsider} {
		who.Post(at, good).WantMissing(t, "create")
	}
	o.stranger.Post(at, good).Want(t, 401, "")
	o.client.Post(at, good).Want(t, 401, "")
	for _, who := range []actor{o.super, o.user, o.stranger} {
		who.rejects(t, "POST", at, []refusal{
			{``, "invalid user authentication request"},
			{`nope`, "invalid JSON"},
			{`{}`, "Field 'password' missing"},
			{`{"username":"$U"}`, "Field 'password' missing"},
			{`{"password":"foobar"}`, "Field 'username' missing"},
			{`{"username":"$U","password":""}`, "Field 'password' invalid"},
			{`{"username":"","password":"foobar"}`, "Field 'username' invalid"},
		})
	}
}

func systemRecovery(t *testing.T, o *org) {
	const at = "$root/system_recovery"
	o.let("U", o.unique("bob"))
	o.super.Post("$root/users", profile("$U", withPassword+`,"public_key":"$pub0"`)).Ok(t)
	defer o.super.Delete("$root/users/$U")
	u := o.newActor(o.vars.expand("$U"), o.keys[0], o.url(), o.vars)
	good := `{"username":"$U","password":"foobar"}`
	const disabled = "System recovery disabled for this user"
	o.super.Post(at, good).WantError(t, 403, disabled)
	o.super.Post(at, `{"username":"$stranger","password":"foobar"}`).WantError(t, 403, disabled)
	o.super.Put("$root/users/$U", profile("$U", `,"recovery_authentication_enabled":true`)).Ok(t)
	o.super.Post(at, good).Want(t, 200, `{"username":"$U","email":"$U@example.com","display_name":"D","recovery_authentication_enabled":true,"<more>":0}`)
	res := o.super.Post(at, good)
	var shown map[string]any
	if res.Decode(t, &shown); shown["public_key"] != nil {
		t.Errorf("%s: shows a public key", res)
	}
	o.super.Post(at, `{"username":"$U","password":"barfoo"}`).WantError(t, 401, wrongPassword)
	o.super.Post(at, `{"username":"$super","password":"foobar"}`).Want(t, 403, "")
	for _, who := range []actor{u, o.admin, o.outsider} {
		who.Post(at, good).Want(t, 403, "")
	}
	o.super.rejects(t, "POST", at, []refusal{
		{``, "Invalid system recovery request"},
		{`{"password":"foobar"}`, "Field 'username' missing"},
		{`{"username":"$U"}`, "Field 'password' missing"},
	})
}
