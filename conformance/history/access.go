package history

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/rand/v2"
	"net/http"

	"tournant/internal/signing"
)

// client makes a client with a key, who may read nothing that is not given to
// it.
func (r *runner) client(ctx context.Context, name string) error {
	body := struct {
		Name      string `json:"name"`
		PublicKey string `json:"public_key"`
	}{name, publicPEM(r.keys[0])}
	c := caller{r, r.URLs[0]}
	return must("create client", c.super(ctx, http.MethodPost, "/clients", body, nil))
}

// signer signs as a client with its first key.
func (r *runner) signer(name string) *signing.Signer {
	return &signing.Signer{Name: name, Key: r.keys[0]}
}

func publicPEM(key *rsa.PrivateKey) string {
	der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey) // an RSA key cannot fail
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// ace is one permission of an ACL as clients send it.
type ace struct {
	Actors []string `json:"actors"`
	Groups []string `json:"groups"`
}

// guard makes a node that nobody but some actors and groups may read.
func (r *runner) guard(ctx context.Context, node string, groups ...string) error {
	c := caller{r, r.URLs[0]}
	if err := must("create node", c.super(ctx, http.MethodPost, "/nodes", named{node}, nil)); err != nil {
		return err
	}
	return must("close node", c.setRead(ctx, node, ace{Actors: []string{r.Superuser.Name}, Groups: append([]string{}, groups...)}))
}

func (c caller) setRead(ctx context.Context, node string, read ace) result {
	body := struct {
		Read ace `json:"read"`
	}{read}
	return c.super(ctx, http.MethodPut, "/nodes/"+node+"/_acl/read", body, nil)
}

// access is what permission and membership share: state 1 is "may read".
type access struct{}

func (access) initial() int { return 0 }

func (access) next(random *rand.Rand) op { return pick(random, 1, "grant", "revoke", "read", "read") }

func (access) allows(state int, o op, res result) bool {
	if o.verb != "read" {
		return res.ok()
	}
	return (state == 1) == res.ok() && (res.ok() || res.status == http.StatusForbidden)
}

func (access) after(state int, o op) int {
	switch o.verb {
	case "grant":
		return 1
	case "revoke":
		return 0
	}
	return state
}

// permission is whether a node's ACL lets a client read it.
type permission struct {
	access
	node, client string
}

func (p *permission) String() string { return "ACL of node " + p.node }

func (p *permission) setup(ctx context.Context, r *runner) error {
	if err := r.client(ctx, p.client); err != nil {
		return err
	}
	return r.guard(ctx, p.node)
}

func (p *permission) do(ctx context.Context, c caller, o op) result {
	read := ace{Actors: []string{c.Superuser.Name}, Groups: []string{}}
	switch o.verb {
	case "grant":
		read.Actors = append(read.Actors, p.client)
		return c.setRead(ctx, p.node, read)
	case "revoke":
		return c.setRead(ctx, p.node, read)
	}
	return c.as(ctx, c.signer(p.client), http.MethodGet, "/nodes/"+p.node, nil, nil)
}

// membership is whether a client is in the group that may read a node.
type membership struct {
	access
	group, client string
}

func (m *membership) String() string { return "group " + m.group }

func (m *membership) node() string { return m.group + "-node" }

func (m *membership) setup(ctx context.Context, r *runner) error {
	if err := r.client(ctx, m.client); err != nil {
		return err
	}
	c := caller{r, r.URLs[0]}
	if err := must("create group", c.super(ctx, http.MethodPost, "/groups", newGroup{m.group}, nil)); err != nil {
		return err
	}
	return r.guard(ctx, m.node(), m.group)
}

type newGroup struct {
	Name string `json:"groupname"`
}

// members is the body of a group's update.
type members struct {
	Name   string `json:"groupname"`
	Actors struct {
		Users   []string `json:"users"`
		Clients []string `json:"clients"`
		Groups  []string `json:"groups"`
	} `json:"actors"`
}

func (m *membership) do(ctx context.Context, c caller, o op) result {
	body := members{Name: m.group}
	body.Actors.Users, body.Actors.Clients, body.Actors.Groups = []string{}, []string{}, []string{}
	switch o.verb {
	case "grant":
		body.Actors.Clients = []string{m.client}
		fallthrough
	case "revoke":
		return c.super(ctx, http.MethodPut, "/groups/"+m.group, body, nil)
	}
	return c.as(ctx, c.signer(m.client), http.MethodGet, "/nodes/"+m.node(), nil, nil)
}

// keysOfAClient is how many keys a ring may hold; the first it always has.
const keysOfAClient = 3

// ring is a client's keys. Its state has a bit for each.
type ring struct{ client string }

func (k *ring) String() string { return "keys of " + k.client }
func (k *ring) initial() int   { return 1 }

func (k *ring) setup(ctx context.Context, r *runner) error { return r.client(ctx, k.client) }

func (k *ring) next(random *rand.Rand) op {
	return pick(random, keysOfAClient-1, "add", "delete", "use", "use")
}

func (k *ring) do(ctx context.Context, c caller, o op) result {
	path, name := "/clients/"+k.client, fmt.Sprintf("key-%d", o.arg)
	switch o.verb {
	case "add":
		body := struct {
			Name       string `json:"name"`
			PublicKey  string `json:"public_key"`
			Expiration string `json:"expiration_date"`
		}{name, publicPEM(c.keys[o.arg]), "infinity"}
		return c.super(ctx, http.MethodPost, path+"/keys", body, nil)
	case "delete":
		return c.super(ctx, http.MethodDelete, path+"/keys/"+name, nil, nil)
	}
	return c.as(ctx, &signing.Signer{Name: k.client, Key: c.keys[o.arg]}, http.MethodGet, path, nil, nil)
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
