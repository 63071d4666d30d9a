package api

import (
	"errors"
	"fmt"
	"time"

	"tournant/internal/chef"
	"tournant/internal/keygen"
	"tournant/internal/signing"
	"tournant/internal/store"
)

// actorAPI reads the bodies of actors and keys in the request's API version.
func (rq *request) actorAPI() chef.ActorAPI {
	return chef.ActorAPI{Version: rq.version, CheckKey: func(pem []byte) error {
		_, err := signing.ParsePublicKey(pem)
		return err
	}}
}

// keyPair is the key that a request gives an actor, as PEM. private is empty
// unless the server made the pair, public too when there is no key.
type keyPair struct{ public, private string }

// pair grants a wish.
func (s *Server) pair(w chef.KeyWish) (keyPair, error) {
	if !w.Generate {
		return keyPair{public: w.Public}, nil
	}
	key, err := s.Keys.Key()
	if err != nil {
		return keyPair{}, fmt.Errorf("make key: %w", err)
	}
	public, private, err := keygen.Encode(key)
	return keyPair{public, private}, err
}

// birthPair grants the wish of a new actor. Before version 1 none is without
// a key.
func (rq *request) birthPair(w chef.KeyWish) (keyPair, error) {
	if rq.inAPIVersion0() && !w.Asked() {
		w.Generate = true
	}
	return rq.pair(w)
}

// asDefault is the pair's public half as the key that actors are born with.
func (p keyPair) asDefault() store.Key {
	return store.Key{Name: store.DefaultKey, PublicKey: p.public}
}

// keyJSON is a key as the API shows it.
type keyJSON struct {
	Name       string `json:"name"`
	PublicKey  string `json:"public_key"`
	Expiration string `json:"expiration_date"`
	URI        string `json:"uri,omitempty"`
	PrivateKey string `json:"private_key,omitempty"`
}

// birthKey is the key in the answer to the creation of an actor whose keys lie
// at url; nil without a key.
func (p keyPair) birthKey(url string) *keyJSON {
	if p.public == "" {
		return nil
	}
	return &keyJSON{
		Name: store.DefaultKey, PublicKey: p.public, PrivateKey: p.private,
		Expiration: chef.FormatExpiry(time.Time{}), URI: url + "/keys/" + store.DefaultKey,
	}
}

// shownKey returns the default key of an actor, as documents carry it in API
// version 0, and nil in later ones.
func (rq *request) shownKey(a *store.Actor) (*string, error) {
	if !rq.inAPIVersion0() {
		return nil, nil
	}
	key, err := rq.Store.Key(rq.Context(), a.ID, store.DefaultKey)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	return &key.PublicKey, nil
}
