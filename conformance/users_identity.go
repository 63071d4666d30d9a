package conformance

import (
	"strings"
	"testing"
)

func userRename(t *testing.T, o *org) {
	self := o.newMember(t, "bob")
	other := o.newLocalUser(t, "eve")
	o.let("U", self.name())
	o.let("V", other.name())
	o.let("W", o.unique("rob"))
	body := `{"username":"%","email":"$U@example.com","display_name":"D"}`
	o.super.Put("$root/users/$U", strings.Replace(body, "%", "$V", 1)).WantError(t, 409, "User '$V' already exists")
	o.super.Put("$root/users/$U", strings.Replace(body, "%", "$W", 1)).
		Want(t, 201, `{"uri":"$root/users/$W"}`).Location(t, "$root/users/$W")
	o.super.Get("$root/users/$U").WantPlain(t, 404, "Could not find user $U")
	self.Get("$root/users/$U").Want(t, 401, "")
	renamed := self.as(o.vars.expand("$W"))
	renamed.Get("$root/users/$W").Want(t, 200, `{"username":"$W","public_key":"$pub0","<more>":0}`)
	renamed.Get("/nodes").Want(t, 200, "")
	o.admin.Get("/users").Want(t, 200, `["<containing>",{"user":{"username":"$W"}}]`)
	o.super.Delete("$root/users/$W").Ok(t)
	o.admin.Get("/users").Want(t, 200, `["<unordered>",{"user":{"username":"$admin"}},{"user":{"username":"$user"}}]`)
}

func userEmail(t *testing.T, o *org) {
	self := o.newLocalUser(t, "bob")
	o.let("U", self.name())
	o.let("V", o.unique("eve"))
	body := `{"username":"$V","email":"%","display_name":"D","external_authentication_uid":"$V","public_key":"$pub0"}`
	for _, mail := range []string{"$U@example.com", "$U@EXAMPLE.com"} {
		o.super.Post("$root/users", strings.Replace(body, "%", mail, 1)).WantError(t, 409, "Username or email address already in use.")
	}
	o.super.Post("$root/users", strings.Replace(body, "%", "$V+Tag@Example.COM", 1)).Ok(t)
	o.super.Get("$root/users/$V").Want(t, 200, `{"email":"$V+tag@example.com","<more>":0}`)
	for _, mail := range []string{"$V+tag@example.com", "$V%2Btag@example.com", "$V%2BTAG@EXAMPLE.com"} {
		want := `{"$V":"$root/users/$V"}`
		if !strings.Contains(mail, "%2B") {
			want = `{}` // a plus is a blank in a query
		}
		o.super.Get("$root/users?email="+mail).Want(t, 200, want)
	}
	o.super.Get("$root/users?email=nobody@example.com").Want(t, 200, `{}`)
	o.super.Delete("$root/users/$V").Ok(t)
}

func userList(t *testing.T, o *org) {
	o.super.Get("$root/users").Want(t, 200, `{"$super":"$root/users/$super","$user":"$root/users/$user","<more>":0}`)
	o.super.Get("$root/users?verbose=true").Want(t, 200, `{"$user":{"email":"$user@example.com","first_name":"First",
		"last_name":"Last","display_name":"$user"},"<more>":0}`)
	o.let("U", o.unique("bob"))
	o.super.Post("$root/users", profile("$U", elsewhere+`,"public_key":"$pub0"`)).Ok(t)
	o.super.Get("$root/users?verbose=true&email=none@example.com").
		Want(t, 200, `{"$U":{"email":"$U@example.com","first_name":"","last_name":"","display_name":"D"},"<more>":0}`)
	o.super.Get("$root/users?verbose=false&frob=1").Want(t, 200, `{"$U":"$root/users/$U","<more>":0}`)
	o.super.Delete("$root/users/$U").Ok(t)
}

func userExternal(t *testing.T, o *org) {
	o.let("U", o.unique("bob"))
	o.let("X", o.unique("uid"))
	// Who authenticates elsewhere needs neither password nor address.
	o.super.Post("$root/users", `{"username":"$U","display_name":"D","external_authentication_uid":"$X","public_key":"$pub0"}`).
		Want(t, 201, `{"uri":"$root/users/$U"}`)
	o.super.Get("$root/users/$U").Want(t, 200, `{"username":"$U","email":"","display_name":"D","<more>":0}`)
	o.super.Get("$root/users?external_authentication_uid=$X").Want(t, 200, `{"$U":"$root/users/$U"}`)
	o.super.Get("$root/users?external_authentication_uid=none").Want(t, 200, `{}`)
	o.super.Put("$root/users/$U", `{"username":"$U","display_name":"E"}`).Want(t, 200, `{"uri":"$root/users/$U"}`)
	// Only the superuser changes how somebody authenticates.
	self := o.newActor(o.vars.expand("$U"), o.keys[0], o.url(), o.vars)
	self.Put("$root/users/$U", `{"username":"$U","display_name":"F"}`).Want(t, 200, "")
	self.Put("$root/users/$U", `{"username":"$U","display_name":"F","external_authentication_uid":"y"}`).Want(t, 403, "")
	self.Put("$root/users/$U", `{"username":"$U","display_name":"F","recovery_authentication_enabled":true}`).Want(t, 403, "")
	o.super.Put("$root/users/$U", `{"username":"$U","display_name":"F","recovery_authentication_enabled":true}`).Want(t, 200, "")
	o.super.Delete("$root/users/$U").Ok(t)
}

// userPermissions: users are global, so clients are nobody there.
func userPermissions(t *testing.T, o *org) {
	mate := o.newMember(t, "mate")
	o.let("U", mate.name())
	nobody := "Failed to authenticate as '$client'. Ensure that your node_name and client key are correct."
	for _, path := range []string{"$root/users", "$root/users/$U", "$root/users/$U/keys", "$root/organizations", "$root/license", "$root/server_api_version"} {
		o.client.Get(path).WantError(t, 401, nobody)
		o.stranger.Get(path).WantError(t, 401, "Failed to authenticate as '$stranger'. Ensure that your node_name and client key are correct.")
	}
	for _, who := range []actor{o.admin, o.user, o.outsider} {
		who.Get("$root/users").WantMissing(t, "read")
		who.Post("$root/users", profile("x", withPassword)).WantMissing(t, "create")
		who.Put("$root/users/$U", profile("$U", "")).WantMissing(t, "update")
		who.Delete("$root/users/$U").WantMissing(t, "delete")
	}
	o.super.Get("$root/users/$U").Want(t, 200, "")
	mate.Get("$root/users/$U").Want(t, 200, "")
	o.admin.Get("$root/users/$U").Want(t, 200, "")
	o.user.Get("$root/users/$U").Want(t, 200, "")
	o.outsider.Get("$root/users/$U").WantMissing(t, "read")
	o.user.Get("$root/users/$outsider").WantMissing(t, "read")
	// The missing outranks the forbidden, and the malformed both.
	o.outsider.Get("$root/users/nobody-here").WantPlain(t, 404, "Could not find user nobody-here")
	o.outsider.Put("$root/users/$U", `{}`).WantError(t, 400, "Field 'username' missing")
	mate.Delete("$root/users/$U").Want(t, 200, `{"username":"$U","<more>":0}`)
	mate.Get("$root/users/$U").WantError(t, 401, "Failed to authenticate as '$U'. Ensure that your node_name and client key are correct.")
}
