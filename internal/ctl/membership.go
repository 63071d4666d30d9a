package ctl

import (
	"context"
	"net/http"
	"slices"

	"tournant/internal/apiclient"
)

// The groups of those who run an organization, in the order in which they are
// changed.
const (
	admins        = "admins"
	billingAdmins = "billing-admins"
)

// group is a group of an organization as the API shows it.
type group struct {
	Actors  []string `json:"actors"`
	Users   []string `json:"users"`
	Clients []string `json:"clients"`
	Groups  []string `json:"groups"`
}

func (s *session) group(ctx context.Context, orgName, name string) (*group, error) {
	var g group
	return &g, s.call(ctx, http.MethodGet, org(orgName, "groups", name), nil, &g)
}

// setGroup replaces the members of a group.
func (s *session) setGroup(ctx context.Context, orgName, name string, g *group) error {
	type members struct {
		Users   []string `json:"users"`
		Clients []string `json:"clients"`
		Groups  []string `json:"groups"`
	}
	body := struct {
		Name   string  `json:"groupname"`
		Actors members `json:"actors"`
	}{name, members{g.Users, g.Clients, g.Groups}}
	return s.call(ctx, http.MethodPut, org(orgName, "groups", name), body, nil)
}

// join puts a user into groups of an organization.
func (s *session) join(ctx context.Context, orgName, user string, names ...string) error {
	for _, name := range names {
		g, err := s.group(ctx, orgName, name)
		if err != nil {
			return err
		}
		if slices.Contains(g.Users, user) {
			continue
		}
		g.Users = append(g.Users, user)
		if err := s.setGroup(ctx, orgName, name, g); err != nil {
			return err
		}
	}
	return nil
}

// leave takes a user out of a group and reports whether it was in it. A group
// that is not there has nobody in it.
func (s *session) leave(ctx context.Context, orgName, user, name string) (bool, error) {
	g, err := s.group(ctx, orgName, name)
	if apiclient.Status(err) == http.StatusNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !slices.Contains(g.Users, user) {
		return false, nil
	}
	g.Users = slices.DeleteFunc(g.Users, func(u string) bool { return u == user })
	return true, s.setGroup(ctx, orgName, name, g)
}

// lastAdmin reports whether the administrators, without one of them, would be
// nobody but the superuser.
func (g *group) lastAdmin() bool {
	rest := slices.DeleteFunc(slices.Clone(g.Actors), func(name string) bool { return name == superuser })
	return len(g.Groups) == 0 && len(rest) <= 1
}

// associate makes a user belong to an organization.
func (s *session) associate(ctx context.Context, orgName, user string) error {
	body := struct {
		User string `json:"username"`
	}{user}
	return s.call(ctx, http.MethodPost, org(orgName, "users"), body, nil)
}

func (s *session) dissociate(ctx context.Context, orgName, user string) error {
	return s.call(ctx, http.MethodDelete, org(orgName, "users", user), nil, nil)
}
