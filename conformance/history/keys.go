package history

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"

	"tournant/internal/signing"
)

// keysOfAnActor is how many keys a ring may hold; the first it always has.
const keysOfAnActor = 3

// ring is the keys of a client, or of a user, whom all organizations share. Its
// state has a bit for each.
type ring struct{ kind, name string }

func (k *ring) String() string { return "keys of " + k.name }
func (k *ring) initial() int   { return 1 }

func (k *ring) setup(ctx context.Context, r *runner) error {
	if k.kind == "clients" {
		return r.client(ctx, k.name)
	}
	return r.user(ctx, k.name)
}

func (k *ring) next(random *rand.Rand) op {
	return pick(random, keysOfAnActor-1, "add", "delete", "use", "use")
}

func (k *ring) do(ctx context.Context, c caller, o op) result {
	path, name := k.path(c), fmt.Sprintf("key-%d", o.arg)
	switch o.verb {
	case "add":
		body := struct {
			Name       string `json:"name"`
			PublicKey  string `json:"public_key"`
			Expiration string `json:"expiration_date"`
		}{name, publicPEM(c.keys[o.arg]), "infinity"}
		return c.global(ctx, c.Superuser, http.MethodPost, path+"/keys", body, nil)
	case "delete":
		return c.global(ctx, c.Superuser, http.MethodDelete, path+"/keys/"+name, nil, nil)
	}
	who := &signing.Signer{Name: k.name, Key: c.keys[o.arg]}
	return c.as(ctx, who, http.MethodGet, "/environments/_default", nil, nil)
}

func (k *ring) path(c caller) string {
	if k.kind == "clients" {
		return "/organizations/" + c.org + "/clients/" + k.name
	}
	return "/users/" + k.name
}

func (k *ring) allows(state int, o op, res result) bool {
	has := state&(1<<o.arg) != 0
	switch o.verb {
	case "add":
		return has == (res.status == http.StatusConflict) && (has || res.ok())
	case "delete":
		return has == res.ok() && (has || res.status == http.StatusNotFound)
	}
	return has == res.ok() && (has || res.status == http.StatusUnauthorized)
}

func (k *ring) after(state int, o op) int {
	switch o.verb {
	case "add":
		return state | 1<<o.arg
	case "delete":
		return state &^ (1 << o.arg)
	}
	return state
}

// user makes a user of the organization.
func (r *runner) user(ctx context.Context, name string) error {
	body := struct {
		Name        string `json:"username"`
		DisplayName string `json:"display_name"`
		First       string `json:"first_name"`
		Last        string `json:"last_name"`
		Email       string `json:"email"`
		External    string `json:"external_authentication_uid"` // instead of a password, over which a server takes its time
		PublicKey   string `json:"public_key"`
	}{name, name, name, name, name + "@example.com", name, publicPEM(r.keys[0])}
	c := caller{r, r.URLs[0]}
	if err := must("create user", c.global(ctx, r.Superuser, http.MethodPost, "/users", body, nil)); err != nil {
		return err
	}
	member := struct {
		Name string `json:"username"`
	}{name}
	return must("make user a member", c.super(ctx, http.MethodPost, "/users", member, nil))
}
