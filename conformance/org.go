package conformance

import (
	"fmt"
	"testing"

	"tournant/internal/signing"
)

// org is an organization made for one noun, and those who send requests to it.
// The paths of its actors are relative to it.
type org struct {
	*world
	name string
	vars *vars

	super     actor // the superuser, who created it
	admin     actor // a user in admins
	user      actor // a user in users
	client    actor // a plain client
	validator actor // the validator that came with it
	outsider  actor // a user of the server who does not belong
	stranger  actor // nobody
}

// newOrg creates an organization and deletes it when t ends.
func (w *world) newOrg(t *testing.T, noun string) *org {
	t.Helper()
	o := &org{world: w, name: w.unique("conf-" + noun), vars: w.super.vars.copy()}
	var made struct {
		ClientName string `json:"clientname"`
		PrivateKey string `json:"private_key"`
	}
	w.super.Post("$root/organizations", fmt.Sprintf(`{"name":%q,"full_name":"Conformance of %s"}`, o.name, noun)).
		Ok(t).Decode(t, &made)
	t.Cleanup(func() { w.super.Delete("$root/organizations/" + o.name) })
	key, err := signing.ParsePrivateKey([]byte(made.PrivateKey))
	if err != nil {
		t.Fatalf("the validator's key: %v", err)
	}
	o.bindActors(w)
	o.validator = w.newActor(made.ClientName, key, o.url(), o.vars)
	o.populate(t)
	return o
}

func (o *org) url() string { return o.target.URL + "/organizations/" + o.name }

// bindActors binds the shared actors to this organization and gives the variables
// that paths, bodies and expectations may use.
func (o *org) bindActors(w *world) {
	bind := func(a actor) actor {
		a.base, a.vars = o.url(), o.vars
		return a
	}
	o.super, o.admin, o.user = bind(w.super), bind(w.admin), bind(w.user)
	o.outsider, o.stranger = bind(w.outsider), bind(w.stranger)
	o.vars.set("org", o.url())
	o.vars.set("O", o.name)
	o.vars.set("admin", w.admin.name())
	o.vars.set("user", w.user.name())
	o.vars.set("outsider", w.outsider.name())
	o.vars.set("stranger", w.stranger.name())
	o.vars.set("client", "plain-client")
	o.vars.set("validator", o.name+"-validator")
}

func (o *org) populate(t *testing.T) {
	t.Helper()
	o.super.Post("/users", `{"username":"$admin"}`).Ok(t)
	o.super.Post("/users", `{"username":"$user"}`).Ok(t)
	o.super.Put("/groups/admins", `{"groupname":"admins","actors":{"users":["$super","$admin"],"clients":[],"groups":[]}}`).Ok(t)
	o.client = o.newClient(t, "plain-client")
}

// newClient creates a client with keys[0].
func (o *org) newClient(t *testing.T, name string) actor {
	t.Helper()
	o.super.Post("/clients", fmt.Sprintf(`{"name":%q,"public_key":"$pub0"}`, name)).Ok(t)
	return o.newActor(name, o.keys[0], o.url(), o.vars)
}

// newMember creates a user who belongs to the organization.
func (o *org) newMember(t *testing.T, prefix string) actor {
	t.Helper()
	a := o.newLocalUser(t, prefix)
	o.super.Post("/users", fmt.Sprintf(`{"username":%q}`, a.name())).Ok(t)
	return a
}

// newLocalUser creates a user who belongs nowhere, with paths under this
// organization.
func (o *org) newLocalUser(t *testing.T, prefix string) actor {
	t.Helper()
	a := o.newUser(t, prefix)
	a.base, a.vars = o.url(), o.vars
	return a
}

// let gives the variable $name a value from here on.
func (o *org) let(name, value string) { o.vars.set(name, value) }
