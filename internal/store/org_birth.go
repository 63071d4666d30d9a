package store

import (
	"context"

	"tournant/internal/authz"
	"tournant/internal/chef"
)

// orgBirth fills a new organization (chef-api/authz.md section 2).
type orgBirth struct {
	NewOrg
	tx         *Tx
	org        int64
	groups     map[string]int64
	containers map[string]authz.ACL
}

func (b *orgBirth) run(ctx context.Context) error {
	for _, step := range []func(context.Context) error{
		b.makeGroups, b.setGroupACLs, b.makeContainers, b.fillGroups, b.makeReadAccessGroup,
		b.makeDefaultEnvironment, b.makeValidator, b.setOrgACL,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

// makeGroups comes first because every ACL names groups by id.
func (b *orgBirth) makeGroups(ctx context.Context) error {
	for _, name := range authz.OrganizationGroups() {
		id, err := b.tx.Create(ctx, NewObject{Ref: Ref{Org: b.org, Type: chef.TypeGroup, Name: name}})
		if err != nil {
			return err
		}
		b.groups[name] = id
	}
	return nil
}

func (b *orgBirth) acl(g authz.Grants) authz.ACL {
	return g.ACL(b.Creator, func(name string) int64 { return b.groups[name] })
}

func (b *orgBirth) setGroupACLs(ctx context.Context) error {
	for name, grants := range authz.GroupGrants() {
		acl := b.acl(grants)
		if _, err := b.tx.exec(ctx, "UPDATE object SET acl = ? WHERE id = ?", acl.Encode(), b.groups[name]); err != nil {
			return err
		}
	}
	return nil
}

func (b *orgBirth) makeContainers(ctx context.Context) error {
	b.containers = map[string]authz.ACL{}
	for name, grants := range authz.ContainerGrants() {
		b.containers[name] = b.acl(grants)
		_, err := b.tx.Create(ctx, NewObject{
			Ref: Ref{Org: b.org, Type: chef.TypeContainer, Name: name}, ACL: b.containers[name],
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *orgBirth) fillGroups(ctx context.Context) error {
	for _, name := range []string{authz.Admins, authz.Users} {
		if err := b.tx.AddMember(ctx, b.groups[name], b.Creator); err != nil {
			return err
		}
	}
	return b.tx.nest(ctx, b.groups[authz.PublicKeyReadAccess], b.groups[authz.Clients], b.groups[authz.Users])
}

// makeReadAccessGroup makes the global group that lets the organization's
// members read each other.
func (b *orgBirth) makeReadAccessGroup(ctx context.Context) error {
	id, err := b.tx.Create(ctx, NewObject{
		Ref: Ref{Org: Server, Type: chef.TypeGroup, Name: authz.ReadAccessGroup(b.Name)},
		ACL: authz.Everyone([]int64{b.Creator}, nil),
	})
	if err != nil {
		return err
	}
	return b.tx.nest(ctx, id, b.groups[authz.Admins], b.groups[authz.Users])
}

func (b *orgBirth) makeDefaultEnvironment(ctx context.Context) error {
	acl := b.containers["environments"]
	_, err := b.tx.Create(ctx, NewObject{
		Ref:   Ref{Org: b.org, Type: chef.TypeEnvironment, Name: chef.DefaultEnvironment},
		ACL:   acl.Inherit(b.Creator),
		Plain: chef.NewDefaultEnvironment().Document,
	})
	return err
}

func (b *orgBirth) makeValidator(ctx context.Context) error {
	acl := b.containers["clients"]
	id, err := b.tx.CreateActor(ctx, NewActor{
		Org: b.org, Type: chef.TypeClient, Name: ValidatorName(b.Name), Validator: true,
		ACL: acl.Inherit(b.Creator),
	})
	if err != nil {
		return err
	}
	if err := b.tx.AddMember(ctx, b.groups[authz.Clients], id); err != nil {
		return err
	}
	return b.tx.insertKey(ctx, id, Key{Name: DefaultKey, PublicKey: b.ValidatorKey})
}

func (b *orgBirth) setOrgACL(ctx context.Context) error {
	acl := b.acl(authz.OrganizationGrants())
	_, err := b.tx.exec(ctx, "UPDATE org SET acl = ? WHERE id = ?", acl.Encode(), b.org)
	return err
}
