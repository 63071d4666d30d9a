package chef

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// User is what a body makes of a user.
type User struct {
	Name        string
	Email       string  // lower case; empty is none
	ExternalUID *string // its name where it is managed elsewhere; nil is not given
	Password    string  // empty is not given
	Recovery    *bool   // may log in here although it is managed elsewhere; nil is not given
	Key         KeyWish

	profile *Fields // the profile fields of the body, in its order
}

// profileKeys are what a user's profile holds; other keys are not kept.
var profileKeys = []string{
	"display_name", "first_name", "last_name", "middle_name", "city", "country", "twitter_account", "image_file_name",
}

// optionalUserStrings are checked in this order after display_name.
var optionalUserStrings = []string{
	"first_name", "last_name", "middle_name", "twitter_account", "city", "country", "external_authentication_uid",
}

// ParseUser validates a new user.
func (a ActorAPI) ParseUser(body []byte) (*User, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	u := &User{}
	if u.Key, err = a.userKey(f, true); err != nil {
		return nil, err
	}
	if err := u.parse(f, false); err != nil {
		return nil, err
	}
	if u.ExternalUID == nil && u.Password == "" {
		return nil, MissingField("password")
	}
	on := string(rawOf(f, "recovery_authentication_enabled")) == "true"
	u.Recovery = &on
	return u, nil
}

// ParseUserUpdate validates a change of a user. external tells that the user
// is managed by another system, so that an e-mail address is not required.
func (a ActorAPI) ParseUserUpdate(body []byte, external bool) (*User, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	u := &User{}
	if u.Key, err = a.userKey(f, false); err != nil {
		return nil, err
	}
	if f.Has("recovery_authentication_enabled") {
		on, err := f.Bool("recovery_authentication_enabled")
		if err != nil {
			return nil, err
		}
		u.Recovery = &on
	}
	return u, u.parse(f, external)
}

// userKey reads the key fields. The public_key of a user, unlike that of a
// client, must be no certificate.
func (a ActorAPI) userKey(f *Fields, creating bool) (KeyWish, error) {
	if a.Version > 0 {
		if creating {
			return a.checkKeyFields(f)
		}
		return KeyWish{}, refuseKeyFields(f)
	}
	if raw, ok := f.Get("public_key"); ok && string(raw) == "null" {
		f.Delete("public_key")
	}
	if string(rawOf(f, "private_key")) != "true" {
		if _, err := a.checkPublicKey(f, "public_key"); err != nil {
			return KeyWish{}, err
		}
	}
	return a.embeddedKey(f)
}

func (u *User) parse(f *Fields, external bool) (err error) {
	if u.Name, err = userName(f); err != nil {
		return err
	}
	if _, err := requiredString(f, "display_name"); err != nil {
		return err
	}
	for _, key := range optionalUserStrings {
		if raw, ok := f.Get(key); ok && !IsString(raw) {
			return InvalidField(key)
		}
	}
	if uid, ok := f.String("external_authentication_uid"); ok {
		u.ExternalUID = &uid
	}
	if u.Password, err = password(f); err != nil {
		return err
	}
	if err := u.parseEmail(f, external || u.ExternalUID != nil); err != nil {
		return err
	}
	u.profile = &Fields{}
	for _, key := range profileKeys {
		if raw, ok := f.Get(key); ok {
			u.profile.Set(key, raw)
		}
	}
	return nil
}

// userName returns the name under "name" or, without one, "username".
func userName(f *Fields) (string, error) {
	if f.Has("name") {
		return checkName(f, "name", "", ValidUserName)
	}
	return checkName(f, "username", "", ValidUserName)
}

// minPassword is the shortest password, in bytes.
const minPassword = 6

func password(f *Fields) (string, error) {
	raw, ok := f.Get("password")
	if !ok {
		return "", nil
	}
	if !IsString(raw) {
		return "", InvalidField("password")
	}
	text := unquote(raw)
	if len(text) < minPassword {
		return "", Errorf(Invalid, "Password must have at least 6 characters")
	}
	return text, nil
}

// parseEmail reads the e-mail address. That of a user who is managed by
// another system may be absent and may have any form.
func (u *User) parseEmail(f *Fields, external bool) error {
	raw, ok := f.Get("email")
	if !ok {
		if external {
			return nil
		}
		return MissingField("email")
	}
	if !IsString(raw) {
		return InvalidField("email")
	}
	u.Email = strings.ToLower(unquote(raw))
	if !external && !validEmail.MatchString(u.Email) {
		return Errorf(Invalid, "email must be valid")
	}
	return nil
}

// validEmail takes a dot-atom or a quoted string at a domain of at least two
// labels or at a bracketed IPv4 address.
var validEmail = regexp.MustCompile(`^(?:` +
	"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*" +
	`|"(?:[\x01-\x08\x0b\x0c\x0e-\x1f\x21\x23-\x5b\x5d-\x7f]|\\[\x01-\x09\x0b\x0c\x0e-\x7f])*"` +
	`)@(?:(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?` +
	`|\[(?:(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\.){3}(?:25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)\])$`)

// MergeProfile returns the profile with the body's fields in place of the
// current ones; null takes a field away. current may be empty.
func (u *User) MergeProfile(current []byte) ([]byte, error) {
	merged := &Fields{}
	if len(current) > 0 {
		f, err := ParseFields(current)
		if err != nil {
			return nil, err
		}
		merged = f
	}
	for _, field := range u.profile.list {
		if string(field.value) == "null" {
			merged.Delete(field.key)
			continue
		}
		merged.Set(field.key, field.value)
	}
	return merged.Bytes(), nil
}

// UserDocument returns a user as it is served. key is the PEM of its default
// key, empty if it has none, and nil to API versions that do not show it.
func UserDocument(name, email string, profile []byte, key *string) ([]byte, error) {
	kept, err := ParseFields(profile)
	if err != nil {
		return nil, err
	}
	f := &Fields{}
	f.SetString("username", name)
	f.SetString("email", email)
	for _, field := range kept.list {
		if slices.Contains(profileKeys, field.key) {
			f.Set(field.key, field.value)
		}
	}
	if key != nil {
		f.Set("public_key", shownKeyJSON(*key))
	}
	return f.Bytes(), nil
}

func rawOf(f *Fields, key string) json.RawMessage {
	raw, _ := f.Get(key)
	return raw
}
