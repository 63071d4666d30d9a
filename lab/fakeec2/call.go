package fakeec2

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// A call is one authenticated request.
type call struct {
	action string
	host   string
	form   url.Values
	used   map[string]bool
}

// take is a parameter's value, or empty.
func (c *call) take(name string) string {
	c.used[name] = true
	return c.form.Get(name)
}

// list is the values of name.1, name.2 and so on.
func (c *call) list(name string) []string {
	var values []string
	for i := 1; c.form.Has(name + "." + strconv.Itoa(i)); i++ {
		values = append(values, c.take(name+"."+strconv.Itoa(i)))
	}
	return values
}

// boolean reads true and false.
func (c *call) boolean(name string) (bool, *Error) {
	switch v := c.take(name); v {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, refuse("InvalidParameterValue", "Value (%s) for parameter %s is invalid. Expected a boolean", v, name)
	}
}

// finish refuses what nobody took.
func (c *call) finish() *Error {
	for name := range c.form {
		if !c.used[name] {
			return refuse("UnknownParameter", "The parameter %s is not recognized", name)
		}
	}
	return nil
}

func readCall(r *http.Request, body []byte, host string) (*call, *Error) {
	encoded := string(body)
	switch r.Method {
	case http.MethodGet:
		encoded = r.URL.RawQuery
	case http.MethodPost:
		if t := r.Header.Get("Content-Type"); !strings.HasPrefix(t, "application/x-www-form-urlencoded") {
			return nil, refuse("InvalidQueryParameter", "The content type %q is not that of a form", t)
		}
	default:
		return nil, refuse("UnsupportedProtocol", "The method %s is not supported", r.Method)
	}
	form, err := url.ParseQuery(encoded)
	if err != nil {
		return nil, refuse("MalformedQueryString", "The query string contains a syntax error: %s", err)
	}
	c := &call{host: host, form: form, used: map[string]bool{}}
	c.action = c.take("Action")
	if c.action == "" {
		return nil, refuse("MissingAction", "The request is missing an action")
	}
	if v := c.take("Version"); v != apiVersion {
		return nil, refuse("InvalidAction", "The action %s is not valid for version %q of this web service", c.action, v)
	}
	return c, nil
}
