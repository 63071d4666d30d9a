package chef

import "encoding/json"

// Client is what a body makes of an organization's client.
type Client struct {
	Name      string
	Validator bool
	Key       KeyWish

	body *Fields
}

// ParseClient validates a new client.
func (a ActorAPI) ParseClient(body []byte) (*Client, error) { return a.parseClient(body, "", false) }

// ParseClientUpdate validates a change of the client called name. What the
// body leaves out stays.
func (a ActorAPI) ParseClientUpdate(body []byte, name string, validator bool) (*Client, error) {
	return a.parseClient(body, name, validator)
}

func (a ActorAPI) parseClient(body []byte, current string, validator bool) (*Client, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	c := &Client{body: f, Validator: validator}
	if c.Name, err = clientName(f, current); err != nil {
		return nil, err
	}
	if err := CheckClientName(c.Name); err != nil {
		return nil, err
	}
	if f.Has("validator") {
		if c.Validator, err = f.Bool("validator"); err != nil {
			return nil, err
		}
	}
	c.Key, err = a.clientKey(f, current == "")
	return c, err
}

func (a ActorAPI) clientKey(f *Fields, creating bool) (KeyWish, error) {
	switch {
	case a.Version == 0:
		return a.embeddedKey(f)
	case creating:
		return a.checkKeyFields(f)
	}
	return KeyWish{}, refuseKeyFields(f)
}

// clientName returns the name under "name" and "clientname", which must agree;
// without either it is current.
func clientName(f *Fields, current string) (string, error) {
	found := ""
	for _, key := range []string{"name", "clientname"} {
		raw, ok := f.Get(key)
		if !ok {
			continue
		}
		if !IsString(raw) {
			return "", InvalidField(key)
		}
		name := unquote(raw)
		if found != "" && found != name {
			return "", Errorf(Invalid, "name and clientname must match")
		}
		if found = name; found == "" {
			return "", CheckClientName(found)
		}
	}
	if found == "" {
		found = current
	}
	if found == "" {
		return "", MissingField("name")
	}
	return found, nil
}

// Echo returns the answer to an update: the body, completed. The keys are the
// client's as they are now, shown to API version 0 only; private is empty
// unless the pair is new.
func (c *Client) Echo(version int, public, private string) []byte {
	f := c.body
	f.Delete("id")
	f.SetString("name", c.Name)
	f.SetString("clientname", c.Name)
	f.Set("validator", boolJSON(c.Validator))
	f.Default("json_class", `"Chef::ApiClient"`)
	f.Default("chef_type", `"client"`)
	if version == 0 {
		f.Delete("certificate")
		f.Set("public_key", shownKeyJSON(public))
		f.Set("private_key", json.RawMessage("false"))
		if private != "" {
			f.SetString("private_key", private)
		}
	}
	return f.Bytes()
}

// ClientDocument returns a client as it is served to API version 0 and as it
// is indexed for search when key is not nil: key is the PEM of its default
// key, empty if it has none. Without key it is what later versions are served.
func ClientDocument(org, name string, validator bool, key *string) []byte {
	f := &Fields{list: make([]field, 0, 7)}
	f.SetString("name", name)
	f.SetString("clientname", name)
	f.Set("validator", boolJSON(validator))
	f.SetString("orgname", org)
	f.SetString("json_class", "Chef::ApiClient")
	f.SetString("chef_type", "client")
	if key != nil {
		f.Set("public_key", shownKeyJSON(*key))
	}
	return f.Bytes()
}

func boolJSON(b bool) json.RawMessage {
	if b {
		return json.RawMessage("true")
	}
	return json.RawMessage("false")
}
