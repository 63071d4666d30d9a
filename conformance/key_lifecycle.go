package conformance

import "testing"

const notReader = "Requestor not found to be a member of group public_key_read_access which is necessary for read access for this request."

// keyReaders: within an organization everybody who belongs reads everybody's
// public keys.
func keyReaders(t *testing.T, o *org) {
	o.let("A", o.newMember(t, "owner").name())
	o.newClient(t, "reader-owner")
	for _, path := range []string{"/users/$A/keys", "/clients/reader-owner/keys"} {
		for _, who := range []actor{o.super, o.admin, o.user, o.client, o.validator} {
			who.Get(path).Want(t, 200, `[{"uri":"$org`+path+`/default","name":"default","expired":false}]`)
			who.Get(path+"/default").Want(t, 200, `{"name":"default","public_key":"$pub0","expiration_date":"infinity"}`)
		}
		o.deniesOutsiders(t, "GET", path, "")
		o.user.Get(path+"/none").Want(t, 404, "")
	}
	o.user.Get("/users/nobody/keys").WantPlain(t, 404, "Could not find user nobody")
	o.user.Get("/users/$outsider/keys").Want(t, 200, "")
	for _, method := range []string{"POST", "PUT", "DELETE"} {
		o.user.Do(method, "/users/$A/keys", `{}`).WantNotAllowed(t, "GET")
		o.user.Do(method, "/users/$A/keys/default", `{}`).WantNotAllowed(t, "GET")
	}
	// The global path asks for read on the user instead.
	o.user.Get("$root/users/$A/keys").Want(t, 200, "")
	o.outsider.Get("$root/users/$A/keys").WantMissing(t, "read")
	o.outsider.Get("$root/users/$A/keys/default").WantMissing(t, "read")
	o.client.Get("$root/users/$A/keys").Want(t, 401, "")
	o.super.Delete("/clients/reader-owner").Ok(t)
}

func keyReadersGroup(t *testing.T, o *org) {
	group := func(groups string) string {
		return `{"groupname":"public_key_read_access","actors":{"users":[],"clients":[],"groups":[` + groups + `]}}`
	}
	o.super.Put("/groups/public_key_read_access", group(`"users"`)).Ok(t)
	for _, path := range []string{"/users/$user/keys", "/clients/$client/keys/default"} {
		o.client.Get(path).WantError(t, 403, notReader)
		o.user.Get(path).Want(t, 200, "")
	}
	o.super.Put("/groups/public_key_read_access", group(`"users","clients"`)).Ok(t)
	o.client.Get("/users/$user/keys").Want(t, 200, "")
	o.super.Delete("/groups/public_key_read_access").Ok(t)
	o.user.Get("/users/$user/keys").WantError(t, 403,
		"Could not find group public_key_read_access needed for authentication for readaccess on this endpoint.")
	o.super.Post("/groups", `{"groupname":"public_key_read_access"}`).Ok(t)
	o.super.Put("/groups/public_key_read_access", group(`"users","clients"`)).Ok(t)
	o.client.Get("/users/$user/keys").Want(t, 200, "")
}

// keyDefault: clients older than version 1 of the API know one key only.
func keyDefault(t *testing.T, o *org) {
	self := o.newClient(t, "d1")
	self.Post("/clients/d1/keys", `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`).Ok(t)
	second := self.withKey(o.keys[1])
	second.Get("/clients/d1").Want(t, 200, `{"public_key":"$pub0","<more>":0}`)
	second.Delete("/clients/d1/keys/default").Want(t, 200, `{"name":"default","public_key":"$pub0","expiration_date":"infinity"}`)
	self.Get("/clients/d1").WantError(t, 401, "Invalid signature for user or client 'd1'")
	res := second.Get("/clients/d1").Want(t, 200, "")
	var shown struct {
		PublicKey *string `json:"public_key"`
	}
	if res.Decode(t, &shown); shown.PublicKey != nil {
		t.Errorf("%s: shows a default key that was deleted", res)
	}
	second.Put("/clients/d1", `{"public_key":"$pub0"}`).Want(t, 200, `{"public_key":"$pub0","<more>":0}`)
	second.Get("/clients/d1/keys/default").Want(t, 200, `{"name":"default","public_key":"$pub0","expiration_date":"infinity"}`)
	second.Put("/clients/d1/keys/default", `{"expiration_date":"2012-01-01T00:00:00Z"}`).Ok(t)
	second.Put("/clients/d1", `{"public_key":"$pub2"}`).Ok(t)
	second.Get("/clients/d1/keys/default").Want(t, 200, `{"name":"default","public_key":"$pub2","expiration_date":"infinity"}`)
	// A new name keeps all keys, deletion none.
	o.admin.Put("/clients/d1", `{"name":"d2"}`).Want(t, 201, "")
	second.as("d2").Get("/clients/d2/keys").Want(t, 200, `["<unordered>",{"name":"k1","<more>":0},{"name":"default","<more>":0}]`)
	o.admin.Delete("/clients/d2").Ok(t)
	o.admin.v(1).Post("/clients", `{"name":"d2"}`).Ok(t)
	o.admin.Get("/clients/d2/keys").Want(t, 200, `[]`)
	second.as("d2").Get("/clients/d2").WantError(t, 401, "Failed to authenticate as 'd2'. Ensure that your node_name and client key are correct.")
	o.admin.Delete("/clients/d2").Ok(t)
}

func keyExpiry(t *testing.T, o *org) {
	self := o.newClient(t, "x1")
	self.Post("/clients/x1/keys", `{"name":"k1","public_key":"$pub1","expiration_date":"2012-01-01T00:00:00Z"}`).Ok(t)
	old := self.withKey(o.keys[1])
	old.Get("/nodes").WantError(t, 401, "Invalid signature for user or client 'x1'")
	self.Put("/clients/x1/keys/k1", `{"expiration_date":"2099-01-01T00:00:00Z"}`).Ok(t)
	old.Get("/nodes").Want(t, 200, "")
	old.Put("/clients/x1/keys/default", `{"expiration_date":"2012-01-01T00:00:00Z"}`).Ok(t)
	self.Get("/nodes").WantError(t, 401, "Invalid signature for user or client 'x1'")
	o.super.Put("/clients/x1/keys/k1", `{"expiration_date":"2012-01-01T00:00:00Z"}`).Ok(t)
	old.Get("/nodes").WantError(t, 401, "Failed to authenticate as 'x1'. Ensure that your node_name and client key are correct.")
	o.super.Delete("/clients/x1").Ok(t)
}

// keyOfValidator: a validator has no rights over itself.
func keyOfValidator(t *testing.T, o *org) {
	const at = "/clients/$validator/keys"
	o.validator.Post(at, `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`).WantMissing(t, "update")
	o.admin.Post(at, `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`).WantCreated(t, "$org"+at+"/k1")
	o.validator.Put(at+"/k1", `{"name":"k2"}`).WantMissing(t, "update")
	o.validator.Delete(at+"/k1").WantMissing(t, "update")
	o.admin.Delete(at + "/k1").Ok(t)
}
