package history

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
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
	return must("close node", c.setRead(ctx, "/nodes/"+node, ace{Actors: []string{r.Superuser.Name}, Groups: append([]string{}, groups...)}))
}

// setRead says who may read what is at a path.
func (c caller) setRead(ctx context.Context, path string, read ace) result {
	body := struct {
		Read ace `json:"read"`
	}{read}
	return c.super(ctx, http.MethodPut, path+"/_acl/read", body, nil)
}

// grant lets the superuser and some actors read what is at a path.
func (c caller) grant(ctx context.Context, path string, actors ...string) result {
	return c.setRead(ctx, path, ace{Actors: append(actors, c.Superuser.Name), Groups: []string{}})
}

// grantOrRead does what an access draws: it lets a client read what is at acl,
// no longer lets it, or reads as the client what is at path.
func (c caller) grantOrRead(ctx context.Context, o op, acl, path, client string) result {
	switch o.verb {
	case "grant":
		return c.grant(ctx, acl, client)
	case "revoke":
		return c.grant(ctx, acl)
	}
	return c.as(ctx, c.signer(client), http.MethodGet, path, nil, nil)
}

// access is what all share in which somebody may read something: in state 1.
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
	return c.grantOrRead(ctx, o, "/nodes/"+p.node, "/nodes/"+p.node, p.client)
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
