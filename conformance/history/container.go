package history

import "context"

// gate is whether a container's ACL lets a client list what is in it. There is
// one for all rounds, and each has a client of its own.
type gate struct {
	access
	client string
}

const gateContainer = "/containers/policies"

func (g *gate) String() string { return "container " + gateContainer + " for " + g.client }

func (g *gate) setup(ctx context.Context, r *runner) error {
	if err := r.client(ctx, g.client); err != nil {
		return err
	}
	return must("close container", caller{r, r.URLs[0]}.grant(ctx, gateContainer))
}

func (g *gate) do(ctx context.Context, c caller, o op) result {
	return c.grantOrRead(ctx, o, gateContainer, "/policies", g.client)
}

// shelf is whether a cookbook's ACL lets a client read a version of it.
type shelf struct {
	access
	cookbook, client string
}

func (s *shelf) String() string { return "ACL of cookbook " + s.cookbook }

func (s *shelf) path() string { return "/cookbooks/" + s.cookbook }

func (s *shelf) setup(ctx context.Context, r *runner) error {
	if err := r.client(ctx, s.client); err != nil {
		return err
	}
	c := caller{r, r.URLs[0]}
	book := &cookbook{name: s.cookbook}
	if err := must("upload", book.do(ctx, c, op{verb: "upload", arg: 1})); err != nil {
		return err
	}
	return must("close cookbook", c.grant(ctx, s.path()))
}

func (s *shelf) do(ctx context.Context, c caller, o op) result {
	return c.grantOrRead(ctx, o, s.path(), s.path()+"/1.0.0", s.client)
}
