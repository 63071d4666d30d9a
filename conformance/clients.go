package conformance

import "testing"

func testClients(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"life v0", clientLifeV0},
		{"life v1", clientLifeV1},
		{"names", clientNames},
		{"validation", clientValidation},
		{"update v0", clientUpdateV0},
		{"update v1", clientUpdateV1},
		{"rename", clientRename},
		{"validators", validatorRights},
		{"self", clientSelf},
		{"same name as a user", clientNamedLikeUser},
	})
}

const clientC1 = `{"name":"c1","clientname":"c1","validator":false,"orgname":"$O","json_class":"Chef::ApiClient","chef_type":"client"}`

func clientLifeV0(t *testing.T, o *org) {
	const missing = "Cannot load client c1"
	o.admin.Get("/clients").Want(t, 200, `{"$client":"$org/clients/$client","$validator":"$org/clients/$validator"}`)
	o.admin.Post("/clients", `{"name":"c1"}`).
		Want(t, 201, `{"uri":"$org/clients/c1","public_key":"<public>","private_key":"<private>"}`).Location(t, "$org/clients/c1")
	o.admin.Post("/clients", `{"name":"c1"}`).WantError(t, 409, "Client already exists")
	o.admin.Get("/clients/c1").Want(t, 200, `{"name":"c1","clientname":"c1","validator":false,"orgname":"$O",
		"json_class":"Chef::ApiClient","chef_type":"client","public_key":"<public>"}`)
	o.admin.Get("/clients").Want(t, 200, `{"c1":"$org/clients/c1","$client":"$org/clients/$client","$validator":"$org/clients/$validator"}`)
	o.admin.Delete("/clients/c1").Want(t, 200, `{"name":"c1","clientname":"c1","validator":false,"<more>":0}`)
	o.admin.Get("/clients/c1").WantError(t, 404, missing)
	o.admin.Put("/clients/c1", `{"name":"c1"}`).WantError(t, 404, missing)
	o.admin.Put("/clients/c1", `{"name":"c 1"}`).WantError(t, 404, missing)
	o.admin.Delete("/clients/c1").WantError(t, 404, missing)

	o.admin.Post("/clients", `{"name":"c1","public_key":"$pub0"}`).Want(t, 201, `{"uri":"$org/clients/c1","public_key":"$pub0"}`)
	o.admin.Get("/clients/c1").Want(t, 200, `{"public_key":"$pub0","<more>":0}`)
	o.admin.Delete("/clients/c1").Ok(t)
}

func clientLifeV1(t *testing.T, o *org) {
	for _, version := range []int{1, 2} {
		admin := o.admin.v(version)
		admin.Post("/clients", `{"name":"c1"}`).WantCreated(t, "$org/clients/c1")
		admin.Get("/clients/c1").Want(t, 200, clientC1)
		admin.Get("/clients/c1/keys").Want(t, 200, `[]`)
		admin.Delete("/clients/c1").Want(t, 200, `{"name":"c1","<more>":0}`)
		admin.Post("/clients", `{"name":"c1","create_key":true}`).
			Want(t, 201, `{"uri":"$org/clients/c1","chef_key":{"name":"default","uri":"$org/clients/c1/keys/default",
				"public_key":"<public>","private_key":"<private>","expiration_date":"infinity"}}`).Location(t, "$org/clients/c1")
		admin.Delete("/clients/c1").Ok(t)
		admin.Post("/clients", `{"name":"c1","public_key":"$pub0","create_key":false}`).
			Want(t, 201, `{"uri":"$org/clients/c1","chef_key":{"name":"default","uri":"$org/clients/c1/keys/default",
				"public_key":"$pub0","expiration_date":"infinity"}}`)
		admin.Get("/clients/c1/keys/default").Want(t, 200, `{"name":"default","public_key":"$pub0","expiration_date":"infinity"}`)
		admin.Delete("/clients/c1").Ok(t)
	}
	o.admin.v(1).rejects(t, "POST", "/clients", []refusal{
		{`{"name":"c1","private_key":true}`, "Please use create_key: true instead of private_key: true"},
		{`{"name":"c1","create_key":true,"public_key":"$pub0"}`, "You must specify either create_key or public_key, but not both"},
		{`{"name":"c1","public_key":"nope"}`, "Public Key must be a valid key."},
	})
}

func clientNames(t *testing.T, o *org) {
	for _, body := range []string{
		`{"name":"c.1_A-b"}`, `{"clientname":"c.1_A-b"}`, `{"name":"c.1_A-b","clientname":"c.1_A-b"}`,
		`{"name":"c.1_A-b","admin":true,"frob":{}}`,
	} {
		o.admin.v(1).Post("/clients", body).WantCreated(t, "$org/clients/c.1_A-b")
		o.admin.v(1).Get("/clients/c.1_A-b").Want(t, 200, `{"name":"c.1_A-b","clientname":"c.1_A-b","validator":false,
			"orgname":"$O","json_class":"Chef::ApiClient","chef_type":"client"}`)
		o.admin.Delete("/clients/c.1_A-b").Ok(t)
	}
}

func badClientName(name string) string {
	return "Invalid client name '" + name + "' using regex: 'Malformed client name.  Must be A-Z, a-z, 0-9, _, -, or .'."
}

func clientValidation(t *testing.T, o *org) {
	o.admin.rejects(t, "POST", "/clients", []refusal{
		{``, "invalid JSON"},
		{`{"name"}`, "invalid JSON"},
		{`[]`, "Incorrect JSON type for request body"},
		{`{}`, "Field 'name' missing"},
		{`{"validator":true}`, "Field 'name' missing"},
		{`{"name":"c 1"}`, badClientName("c 1")},
		{`{"name":"c:1"}`, badClientName("c:1")},
		{`{"name":""}`, badClientName("")},
		{`{"name":"c1","clientname":"c2"}`, "name and clientname must match"},
		{`{"name":"c1","validator":"yes"}`, "Field 'validator' invalid"},
		{`{"name":"c1","validator":1}`, "Field 'validator' invalid"},
		{`{"name":"c1","private_key":"yes"}`, "Field 'private_key' invalid"},
	})
	o.admin.rejectsAll(t, "POST", "/clients", `{"name":"c1","public_key":"nope"}`, `{"name":1}`, `{"name":null}`)
	o.admin.v(1).rejects(t, "POST", "/clients", []refusal{
		{`{"name":"c1","create_key":"yes"}`, "Field 'create_key' invalid"},
		{`{"name":"c1","public_key":1}`, "Field 'public_key' invalid"},
	})
	o.admin.Get("/clients/c1").Want(t, 404, "")
	o.admin.Post("/clients", `{"name":"c1","public_key":"$pub0"}`).Ok(t)
	o.admin.rejects(t, "PUT", "/clients/c1", []refusal{
		{``, "invalid JSON"},
		{`[]`, "Incorrect JSON type for request body"},
		{`{"name":"c 1"}`, badClientName("c 1")},
		{`{"name":"c1","clientname":"c2"}`, "name and clientname must match"},
		{`{"validator":"yes"}`, "Field 'validator' invalid"},
	})
	o.admin.Delete("/clients/c1").Ok(t)
}

func clientUpdateV0(t *testing.T, o *org) {
	o.admin.Post("/clients", `{"name":"c1","public_key":"$pub0"}`).Ok(t)
	merged := func(validator, public, private string) string {
		return `{"name":"c1","clientname":"c1","validator":` + validator + `,"json_class":"Chef::ApiClient","chef_type":"client",
			"public_key":"` + public + `"` + private + `}`
	}
	o.admin.Put("/clients/c1", `{}`).Want(t, 200, `{"name":"c1","clientname":"c1","validator":false,"public_key":"$pub0","<more>":0}`)
	o.admin.Put("/clients/c1", `{"validator":true}`).Want(t, 200, `{"validator":true,"public_key":"$pub0","<more>":0}`)
	o.admin.Put("/clients/c1", `{"name":"c1"}`).Want(t, 200, `{"validator":true,"<more>":0}`)
	o.admin.Put("/clients/c1", `{"validator":false,"public_key":null}`).Want(t, 200, `{"validator":false,"public_key":"$pub0","<more>":0}`)
	o.admin.Put("/clients/c1", `{"public_key":"$pub1"}`).Want(t, 200, `{"public_key":"$pub1","<more>":0}`)
	o.admin.Get("/clients/c1").Want(t, 200, `{"public_key":"$pub1","<more>":0}`)
	o.admin.Put("/clients/c1", `{"private_key":false,"public_key":"$pub2"}`).Want(t, 200, merged("false", "$pub2", `,"private_key":false`))

	c1 := o.newActor("c1", o.keys[2], o.url(), o.vars)
	c1.Get("/nodes").Want(t, 200, "")
	c1.withKey(o.keys[0]).Get("/nodes").WantError(t, 401, "Invalid signature for user or client 'c1'")
	o.admin.Put("/clients/c1", `{"private_key":true}`).Want(t, 200, merged("false", "<public>", `,"private_key":"<private>"`))
	c1.Get("/nodes").WantError(t, 401, "Invalid signature for user or client 'c1'")
	o.admin.rejectsAll(t, "PUT", "/clients/c1", `{"public_key":"nope"}`)
	o.admin.Delete("/clients/c1").Ok(t)
}

func clientUpdateV1(t *testing.T, o *org) {
	o.admin.Post("/clients", `{"name":"c1","public_key":"$pub0"}`).Ok(t)
	o.admin.v(1).Put("/clients/c1", `{"validator":true}`).Want(t, 200,
		`{"name":"c1","clientname":"c1","validator":true,"json_class":"Chef::ApiClient","chef_type":"client"}`)
	const moved = "Since Server API v1, all keys must be updated via the keys endpoint. "
	o.admin.v(1).rejects(t, "PUT", "/clients/c1", []refusal{
		{`{"public_key":"$pub1"}`, moved},
		{`{"create_key":true}`, moved},
		{`{"private_key":true}`, "Please use create_key: true instead of private_key: true"},
	})
	o.admin.Get("/clients/c1").Want(t, 200, `{"validator":true,"public_key":"$pub0","<more>":0}`)
	o.admin.Delete("/clients/c1").Ok(t)
}

func clientRename(t *testing.T, o *org) {
	o.admin.Post("/clients", `{"name":"c1","public_key":"$pub0"}`).Ok(t)
	o.admin.Post("/clients", `{"name":"c2","public_key":"$pub1"}`).Ok(t)
	o.admin.Put("/clients/c1", `{"name":"c2"}`).WantError(t, 409, "Client already exists")
	o.admin.Put("/clients/c1", `{"name":"c3"}`).Want(t, 201, `{"name":"c3","clientname":"c3","<more>":0}`).Location(t, "$org/clients/c3")
	o.admin.Get("/clients/c1").WantError(t, 404, "Cannot load client c1")
	o.admin.Get("/clients/c3").Want(t, 200, `{"name":"c3","public_key":"$pub0","<more>":0}`)
	o.newActor("c3", o.keys[0], o.url(), o.vars).Get("/nodes").Want(t, 200, "")
	o.newActor("c1", o.keys[0], o.url(), o.vars).Get("/nodes").Want(t, 401, "")
	o.admin.Delete("/clients/c2").Ok(t)
	o.admin.Delete("/clients/c3").Ok(t)
	o.newActor("c3", o.keys[0], o.url(), o.vars).Get("/nodes").Want(t, 401, "")
}

// validatorRights: a validator creates clients and does little else.
func validatorRights(t *testing.T, o *org) {
	o.validator.Post("/clients", `{"name":"c1"}`).Want(t, 201, `{"uri":"$org/clients/c1","public_key":"<public>","private_key":"<private>"}`)
	o.validator.Post("/clients", `{"name":"c1"}`).WantError(t, 409, "Client already exists")
	o.validator.Post("/clients", `{"name":"c2","validator":true}`).WantMissing(t, "create")
	o.client.Post("/clients", `{"name":"c2"}`).WantMissing(t, "create")
	o.user.Post("/clients", `{"name":"c2"}`).WantMissing(t, "create")
	o.validator.Get("/clients/c1").WantMissing(t, "read")
	o.validator.Put("/clients/c1", `{}`).WantMissing(t, "update")
	o.validator.Delete("/clients/c1").WantMissing(t, "delete")
	o.validator.Get("/clients/$validator").WantMissing(t, "read")
	o.validator.Get("/clients").WantMissing(t, "read")
	// Neither the validator nor anybody else is listed as its creator.
	acl := func(groups string) string {
		return `{"actors":["<unordered>","c1","$super"],"groups":["<unordered>",` + groups + `]}`
	}
	o.admin.Get("/clients/c1/_acl").Want(t, 200, `{"create":`+acl(`"admins"`)+`,"read":`+acl(`"admins","users"`)+`,
		"update":`+acl(`"admins"`)+`,"delete":`+acl(`"admins","users"`)+`,"grant":`+acl(`"admins"`)+`}`)
	o.admin.Get("/groups/clients").Want(t, 200, `{"clients":["<containing>","c1"],"<more>":0}`)
	o.admin.Delete("/clients/c1").Ok(t)
	o.admin.Get("/groups/clients").Want(t, 200, `{"clients":["<unordered>","$client","$validator"],"<more>":0}`)

	o.admin.Post("/clients", `{"name":"v2","validator":true,"public_key":"$pub0"}`).Ok(t)
	v2 := o.newActor("v2", o.keys[0], o.url(), o.vars)
	v2.Get("/clients/v2").WantMissing(t, "read")
	v2.v(1).Post("/clients", `{"name":"c1"}`).WantCreated(t, "$org/clients/c1")
	o.admin.Put("/clients/v2", `{"validator":false}`).Ok(t)
	v2.Post("/clients", `{"name":"c2"}`).WantMissing(t, "create")
	o.admin.Delete("/clients/v2").Ok(t)
	o.admin.Delete("/clients/c1").Ok(t)
}

func clientSelf(t *testing.T, o *org) {
	self := o.newClient(t, "c1")
	self.Get("/clients/c1").Want(t, 200, `{"name":"c1","<more>":0}`)
	self.Put("/clients/c1", `{"public_key":"$pub1"}`).Want(t, 200, `{"public_key":"$pub1","<more>":0}`)
	self.Get("/clients/c1").Want(t, 401, "")
	self = self.withKey(o.keys[1])
	self.Get("/clients/$client").WantMissing(t, "read")
	self.Put("/clients/$client", `{}`).WantMissing(t, "update")
	self.Delete("/clients/$client").WantMissing(t, "delete")
	self.Get("/clients").WantMissing(t, "read")
	self.Delete("/clients/c1").Want(t, 200, `{"name":"c1","<more>":0}`)
	self.Get("/nodes").WantError(t, 401, "Failed to authenticate as 'c1'. Ensure that your node_name and client key are correct.")
}

// clientNamedLikeUser: the key decides who is calling.
func clientNamedLikeUser(t *testing.T, o *org) {
	both := o.newMember(t, "both")
	o.let("both", both.name())
	o.admin.Post("/clients", `{"name":"$both","public_key":"$pub1"}`).Ok(t)
	both.Get("/clients").Want(t, 200, "")
	both.withKey(o.keys[1]).Get("/clients").WantMissing(t, "read")
	both.withKey(o.keys[2]).Get("/clients").WantError(t, 401, "Invalid signature for user or client '$both'")
	o.admin.Delete("/clients/$both").Ok(t)
}
