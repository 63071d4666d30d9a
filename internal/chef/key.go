package chef

import "time"

// Key is what a body makes of a key.
type Key struct {
	Name    string // empty keeps the name
	Expires Expiry
	Wish    KeyWish

	body *Fields
}

// Expiry is a date after which a key signs no more. The zero Expiry is that of
// a body that names none.
type Expiry struct {
	Set bool
	At  time.Time // zero is "infinity"
}

// Infinity spells the expiry of a key that never expires.
const Infinity = "infinity"

// expiryForm is ISO 8601 in UTC, to the second: the only form that is taken.
const expiryForm = "2006-01-02T15:04:05Z"

// FormatExpiry spells an expiry as the API does.
func FormatExpiry(at time.Time) string {
	if at.IsZero() {
		return Infinity
	}
	return at.UTC().Format(expiryForm)
}

func parseExpiry(f *Fields) (Expiry, error) {
	const key = "expiration_date"
	raw, ok := f.Get(key)
	if !ok {
		return Expiry{}, nil
	}
	if !IsString(raw) {
		return Expiry{}, InvalidField(key)
	}
	text := unquote(raw)
	if text == Infinity {
		return Expiry{Set: true}, nil
	}
	at, err := time.Parse(expiryForm, text)
	if err != nil || len(text) != len(expiryForm) { // Parse takes fractions of a second
		return Expiry{}, Errorf(Invalid, "Field %s is invalid. All dates must be a valid date in ISO8601 form of exactly "+
			`YYYY-MM-DDThh:mm:ss, eg 2099-02-28T01:00:00, or the string "infinity". `+
			"All times are assumed UTC, so do not include a Z on the end of your date.", key)
	}
	if at.IsZero() { // what some systems call no date at all: it is over, not infinite
		at = at.Add(time.Second)
	}
	return Expiry{Set: true, At: at}, nil
}

// ParseKey validates a new key.
func (a ActorAPI) ParseKey(body []byte) (*Key, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	k := &Key{body: f}
	if k.Name, err = checkName(f, "name", "", ValidColonName); err != nil {
		return nil, err
	}
	if k.Wish, err = a.checkKeyFields(f); err != nil {
		return nil, err
	}
	if !k.Wish.Asked() {
		return nil, Errorf(Invalid, "You must either provide a valid value for 'public_key', or specify 'create_key': true")
	}
	if k.Expires, err = parseExpiry(f); err != nil {
		return nil, err
	}
	if !k.Expires.Set {
		return nil, MissingField("expiration_date")
	}
	return k, nil
}

// ParseKeyUpdate validates a change of a key: what it leaves out stays.
func (a ActorAPI) ParseKeyUpdate(body []byte) (*Key, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	if !f.Has("expiration_date") && !f.Has("name") && !f.Has("public_key") && !f.Has("create_key") {
		return nil, Plainf(Invalid, "At least one of 'name', 'expiration_date', or 'public_key' must be specified")
	}
	k := &Key{body: f}
	if k.Name, err = optionalName(f, "name", ValidColonName); err != nil {
		return nil, err
	}
	if k.Wish, err = a.checkKeyFields(f); err != nil {
		return nil, err
	}
	k.Expires, err = parseExpiry(f)
	return k, err
}

// Echo returns the answer to an update: the body and, if the pair is new, its
// two halves.
func (k *Key) Echo(public, private string) []byte {
	k.body.Delete("create_key")
	if private != "" {
		k.body.SetString("public_key", public)
		k.body.SetString("private_key", private)
	}
	return k.body.Bytes()
}
