package conformance

import (
	"strings"
	"testing"
)

func testKeys(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"of a user", func(t *testing.T, o *org) {
			owner := o.newMember(t, "owner")
			o.let("A", owner.name())
			keyOwner{owner, "$root/users/$A", "Could not find user nobody", "$root/users/nobody", true}.test(t, o)
		}},
		{"of a client", func(t *testing.T, o *org) {
			o.let("A", "owner")
			keyOwner{o.newClient(t, "owner"), "$org/clients/$A", "Cannot load client nobody", "$org/clients/nobody", false}.test(t, o)
		}},
		{"readers", keyReaders},
		{"readers without the group", keyReadersGroup},
		{"default", keyDefault},
		{"expiry", keyExpiry},
		{"of a validator", keyOfValidator},
	})
}

// keyOwner is an actor whose keys are under path.
type keyOwner struct {
	actor
	path    string
	missing string // what answers for an owner who does not exist
	nobody  string // where such an owner would be
	plain   bool   // missing is a plain message
}

func (k keyOwner) test(t *testing.T, o *org) {
	k.life(t, o)
	k.validation(t, o)
	k.update(t, o)
	k.inUse(t, o)
	k.absent(t, o)
	k.writers(t, o)
}

func (k keyOwner) life(t *testing.T, o *org) {
	at := k.path + "/keys"
	k.Get(at).Want(t, 200, `[{"uri":"`+at+`/default","name":"default","expired":false}]`)
	k.Get(at+"/default").Want(t, 200, `{"name":"default","public_key":"$pub0","expiration_date":"infinity"}`)
	k.Post(at, `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`).WantCreated(t, at+"/k1")
	k.Post(at, `{"name":"k1","public_key":"$pub2","expiration_date":"infinity"}`).
		WantPlain(t, 409, "a key with the name 'k1' already exists for this actor.")
	k.withKey(o.keys[1]).Get(at+"/k1").Want(t, 200, `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`)
	k.Post(at, `{"name":"k2","create_key":true,"expiration_date":"2012-01-02T03:04:05Z"}`).
		Want(t, 201, `{"uri":"`+at+`/k2","private_key":"<private>"}`).Location(t, at+"/k2")
	k.Get(at).Want(t, 200, `["<unordered>",{"uri":"`+at+`/default","name":"default","expired":false},
		{"uri":"`+at+`/k1","name":"k1","expired":false},{"uri":"`+at+`/k2","name":"k2","expired":true}]`)
	k.Get(at+"/k2").Want(t, 200, `{"name":"k2","public_key":"<public>","expiration_date":"2012-01-02T03:04:05Z"}`)
	k.Delete(at+"/k1").Want(t, 200, `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`)
	k.withKey(o.keys[1]).Get(at+"/default").WantError(t, 401, "Invalid signature for user or client '$A'")
	k.Delete(at + "/k2").Ok(t)
	k.Post(at, `{"name":"a.b:c_D-1","public_key":"$pub1","create_key":false,"expiration_date":"2099-12-31T23:59:59Z"}`).WantCreated(t, at+"/a.b:c_D-1")
	k.Delete(at + "/a.b:c_D-1").Ok(t)
}

const badDate = `Field expiration_date is invalid. All dates must be a valid date in ISO8601 form of exactly YYYY-MM-DDThh:mm:ss, eg 2099-02-28T01:00:00, or the string "infinity". All times are assumed UTC, so do not include a Z on the end of your date.`

func (k keyOwner) validation(t *testing.T, o *org) {
	at := k.path + "/keys"
	k.rejects(t, "POST", at, []refusal{
		{``, "invalid JSON"},
		{`{"public_key":"$pub1","expiration_date":"infinity"}`, "Field 'name' missing"},
		{`{"name":"a b","public_key":"$pub1","expiration_date":"infinity"}`, "Field 'name' invalid"},
		{`{"name":"","public_key":"$pub1","expiration_date":"infinity"}`, "Field 'name' invalid"},
		{`{"name":"k1","public_key":"$pub1"}`, "Field 'expiration_date' missing"},
		{`{"name":"k1","public_key":"$pub1","expiration_date":"soon"}`, badDate},
		{`{"name":"k1","public_key":"$pub1","expiration_date":"2010-09-32T00:00:00Z"}`, badDate},
		{`{"name":"k1","public_key":"$pub1","expiration_date":"2010-02-30T00:00:00Z"}`, badDate},
		{`{"name":"k1","public_key":"$pub1","expiration_date":"2010-09-12"}`, badDate},
		{`{"name":"k1","expiration_date":"infinity"}`, "You must either provide a valid value for 'public_key', or specify 'create_key': true"},
		{`{"name":"k1","expiration_date":"infinity","public_key":"$pub1","create_key":true}`, "You must specify either create_key or public_key, but not both"},
		{`{"name":"k1","expiration_date":"infinity","public_key":"nope"}`, "Public Key must be a valid key."},
		{`{"name":"k1","expiration_date":"infinity","public_key":"-----BEGIN PUBLIC KEY-----\nbm9wZQ==\n-----END PUBLIC KEY-----\n"}`, "Public Key must be a valid key."},
		{`{"name":"k1","expiration_date":"infinity","private_key":true}`, "Please use create_key: true instead of private_key: true"},
	})
	k.Get(at+"/k1").WantPlain(t, 404, "There is no key named k1 associated with $A.")
}

func (k keyOwner) update(t *testing.T, o *org) {
	at := k.path + "/keys"
	k.Post(at, `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`).Ok(t)
	k.Post(at, `{"name":"k2","public_key":"$pub2","expiration_date":"infinity"}`).Ok(t)
	for _, nothing := range []string{`{}`, `{"private_key":true}`} {
		k.Put(at+"/k1", nothing).WantPlain(t, 400, "At least one of 'name', 'expiration_date', or 'public_key' must be specified")
	}
	k.rejects(t, "PUT", at+"/k1", []refusal{
		{`{"name":"a b"}`, "Field 'name' invalid"},
		{`{"expiration_date":"soon"}`, badDate},
		{`{"public_key":"nope"}`, "Public Key must be a valid key."},
		{`{"public_key":"$pub1","create_key":true}`, "You must specify either create_key or public_key, but not both"},
		{`{"name":"k1","private_key":true}`, "Please use create_key: true instead of private_key: true"},
	})
	k.Put(at+"/k1", `{"expiration_date":"2099-01-01T00:00:00Z"}`).Want(t, 200, `{"expiration_date":"2099-01-01T00:00:00Z"}`)
	k.Get(at+"/k1").Want(t, 200, `{"name":"k1","public_key":"$pub1","expiration_date":"2099-01-01T00:00:00Z"}`)
	k.Put(at+"/k1", `{"name":"k2"}`).WantPlain(t, 409, "a key with the name 'k2' already exists for this actor.")
	if res := k.Put(at+"/k1", `{"name":"k1"}`).Want(t, 200, `{"name":"k1"}`); res.header.Get("Location") != "" {
		t.Errorf("%s: has a Location", res)
	}
	k.Put(at+"/k1", `{"name":"k3","public_key":"$pub0"}`).Want(t, 201, `{"name":"k3","public_key":"$pub0"}`).Location(t, at+"/k3")
	k.Get(at+"/k1").WantPlain(t, 404, "There is no key named k1 associated with $A.")
	k.Get(at+"/k3").Want(t, 200, `{"name":"k3","public_key":"$pub0","expiration_date":"2099-01-01T00:00:00Z"}`)
	k.Put(at+"/k3", `{"create_key":true}`).Want(t, 200, `{"public_key":"<public>","private_key":"<private>"}`)
	k.Put(at+"/k3", `{"public_key":"$pub1","create_key":false}`).Want(t, 200, `{"public_key":"$pub1"}`)
	k.Delete(at + "/k2").Ok(t)
	k.Delete(at + "/k3").Ok(t)
}

// inUse: the key that signs a request cannot be changed by it.
func (k keyOwner) inUse(t *testing.T, o *org) {
	at := k.path + "/keys"
	used := func(key string) string {
		return "The key '" + key + "' was used to authenticate this request and cannot be modified or deleted."
	}
	k.Put(at+"/default", `{"public_key":"$pub2"}`).WantPlain(t, 403, used("default"))
	k.Delete(at+"/default").WantPlain(t, 403, used("default"))
	k.Put(at+"/default", `{}`).Want(t, 400, "")
	k.Post(at, `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`).Ok(t)
	second := k.withKey(o.keys[1])
	second.Delete(at+"/k1").WantPlain(t, 403, used("k1"))
	second.Put(at+"/default", `{"public_key":"$pub2"}`).Want(t, 200, `{"public_key":"$pub2"}`)
	k.Get(at).WantError(t, 401, "Invalid signature for user or client '$A'")
	k.withKey(o.keys[2]).Get(at).Want(t, 200, "")
	second.Put(at+"/default", `{"public_key":"$pub0"}`).Ok(t)
	k.Delete(at + "/k1").Ok(t)
	// Somebody else may change it, whatever their own key is called.
	o.super.Put(at+"/default", `{"expiration_date":"infinity"}`).Want(t, 200, `{"expiration_date":"infinity"}`)
}

func (k keyOwner) absent(t *testing.T, o *org) {
	for _, r := range []*response{
		o.super.Get(k.nobody + "/keys"),
		o.super.Get(k.nobody + "/keys/k1"),
		o.super.Post(k.nobody+"/keys", `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`),
		o.super.Put(k.nobody+"/keys/k1", `{"name":"k2"}`),
		o.super.Delete(k.nobody + "/keys/k1"),
	} {
		if k.plain {
			r.WantPlain(t, 404, k.missing)
		} else {
			r.WantError(t, 404, k.missing)
		}
	}
	at := k.path + "/keys/none"
	for _, r := range []*response{k.Get(at), k.Put(at, `{"name":"k2"}`), k.Delete(at)} {
		r.WantPlain(t, 404, "There is no key named none associated with $A.")
	}
}

func (k keyOwner) writers(t *testing.T, o *org) {
	at := k.path + "/keys"
	k.Post(at, `{"name":"k1","public_key":"$pub1","expiration_date":"infinity"}`).Ok(t)
	others := []actor{o.user, o.newMember(t, "mate")}
	if strings.Contains(k.path, "/users/") {
		others = append(others, o.admin, o.outsider)
	} else {
		others = append(others, o.client, o.validator)
		o.admin.Put(at+"/k1", `{"public_key":"$pub2"}`).Want(t, 200, "")
	}
	for _, who := range others {
		who.Post(at, `{"name":"k2","public_key":"$pub1","expiration_date":"infinity"}`).WantMissing(t, "update")
		who.Put(at+"/k1", `{"public_key":"$pub2"}`).WantMissing(t, "update")
		who.Delete(at+"/k1").WantMissing(t, "update")
	}
	o.super.Put(at+"/k1", `{"public_key":"$pub1"}`).Want(t, 200, "")
	o.super.Delete(at+"/k1").Want(t, 200, "")
}
