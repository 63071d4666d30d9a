package api

import (
	"encoding/json"
	"errors"
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/chef"
	"tournant/internal/password"
	"tournant/internal/store"
)

func (s *Server) authenticateUserRoutes() {
	s.route("/authenticate_user", resource{
		"POST": take(func(rq *request) (chef.Credentials, error) { return chef.ParseAuthentication(rq.body) },
			authenticateUser),
	})
	s.route("/system_recovery", resource{
		"POST": take(func(rq *request) (chef.Credentials, error) { return chef.ParseRecovery(rq.body) },
			recoverSystem),
	})
}

// mayVerifyPasswords lets the superuser ask about anyone but itself.
func (rq *request) mayVerifyPasswords(c chef.Credentials) error {
	if c.Username == store.Superuser {
		return missing(authz.Create)
	}
	return rq.requireSuperuser(authz.Create)
}

// userWithPassword returns the user called name or, if there is none, a nil
// one, after checking the password. Both take the same time.
func (rq *request) userWithPassword(c chef.Credentials) (user *store.Actor, matches bool, err error) {
	user, err = rq.Store.User(rq.Context(), c.Username)
	if errors.Is(err, store.ErrNotFound) {
		return nil, password.Verify(c.Password, chef.Password{}), nil
	}
	if err != nil {
		return nil, false, err
	}
	return user, password.Verify(c.Password, user.Password), nil
}

func wrongPassword() error {
	return chef.Errorf(chef.Unauthenticated, "Failed to authenticate: Username and password incorrect")
}

func authenticateUser(rq *request, c chef.Credentials) (*response, error) {
	if err := rq.mayVerifyPasswords(c); err != nil {
		return nil, err
	}
	user, matches, err := rq.userWithPassword(c)
	if err != nil {
		return nil, err
	}
	if !matches {
		return nil, wrongPassword()
	}
	if err := rq.renewPassword(user, c.Password); err != nil {
		return nil, err
	}
	doc, err := chef.UserDocument(user.Name, user.Email.String, user.Profile, nil)
	if err != nil {
		return nil, err
	}
	return ok(struct {
		Status string          `json:"status"`
		User   json.RawMessage `json:"user"`
	}{"linked", doc})
}

// renewPassword hashes a password anew that an older scheme kept.
func (rq *request) renewPassword(user *store.Actor, plain string) error {
	if !password.Outdated(user.Password) {
		return nil
	}
	hashed, err := password.Hash(plain)
	if err != nil {
		return err
	}
	return rq.Store.SetPassword(rq.Context(), user, hashed)
}

// recoverSystem logs someone in locally whom another system manages, for when
// that system is down.
func recoverSystem(rq *request, c chef.Credentials) (*response, error) {
	if err := rq.mayVerifyPasswords(c); err != nil {
		return nil, err
	}
	user, matches, err := rq.userWithPassword(c)
	if err != nil {
		return nil, err
	}
	if user == nil || !user.Recovery {
		return nil, chef.Errorf(chef.Forbidden, "System recovery disabled for this user")
	}
	if !matches {
		return nil, wrongPassword()
	}
	doc, err := chef.UserDocument(user.Name, user.Email.String, user.Profile, nil)
	if err != nil {
		return nil, err
	}
	f, err := chef.ParseFields(doc)
	if err != nil {
		return nil, err
	}
	f.Set("recovery_authentication_enabled", json.RawMessage("true"))
	return raw(http.StatusOK, "", f.Bytes())
}
