package chef

import (
	"encoding/json"
	"testing"
)

// bodyParsers are those of every JSON body that an organization's objects
// come in; the parsers of actors have a target of their own.
var bodyParsers = map[string]func([]byte) (document []byte, err error){
	"node": func(b []byte) ([]byte, error) { n, err := ParseNode(b, ""); return docOf(n, err) },
	"role": func(b []byte) ([]byte, error) { r, err := ParseRole(b, ""); return docOf(r, err) },
	"environment": func(b []byte) ([]byte, error) {
		e, err := ParseEnvironment(b)
		return docOf(e, err)
	},
	"item": func(b []byte) ([]byte, error) {
		i, err := ParseDataBagItem(b, "")
		if err != nil {
			return nil, err
		}
		return i.Echo("bag"), nil
	},
	"bag":       nameOnly(ParseDataBag),
	"group":     nameOnly(ParseGroup),
	"container": nameOnly(ParseContainer),
	"members": func(b []byte) ([]byte, error) {
		u, err := ParseGroupUpdate(b)
		if err != nil {
			return nil, err
		}
		return u.Echo, nil
	},
	"ace": func(b []byte) ([]byte, error) { _, err := ParseACEUpdate(b, "read"); return nil, err },
}

type documented interface{ *Node | *Role | *Environment }

func docOf[T documented](v T, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	switch v := any(v).(type) {
	case *Node:
		return v.Document, nil
	case *Role:
		return v.Document, nil
	case *Environment:
		return v.Document, nil
	}
	return nil, nil
}

func nameOnly(parse func([]byte) (string, error)) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) { _, err := parse(b); return nil, err }
}

// A body is taken, and what is made of it is JSON and is taken again unchanged,
// or it is refused as the client's mistake: never a panic, never a 500.
func FuzzBodies(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `[]`, `null`, `"x"`, `{"name":"x"}`, `{"name":1}`, `{"name":"x","name":"y"}`,
		`{"name":"x","run_list":["a","recipe[b]","role[c]"],"normal":{"a":[1,1e400,null]}}`,
		`{"name":"x","env_run_lists":{"prod":["a"]},"description":null}`,
		`{"name":"x","cookbook_versions":{"a":"> 1.0","b":[{}]}}`,
		`{"json_class":"Chef::DataBagItem","raw_data":{"id":"x"}}`, `{"id":"x","a":"\ud800"}`,
		`{"groupname":"g","actors":{"users":["u"],"clients":[],"groups":["a::b"]}}`, `{"containername":"c"}`,
		`{"read":{"actors":["a"],"groups":[]}}`, `{"read":{"actors":[],"users":["u"],"clients":[],"groups":["::g"]}}`,
		"{\"name\":\"\xff\"}", `{"a":{"b":{"c":{"d":[[[[]]]]}}}} `, ` { "name" : "x" } x`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for what, parse := range bodyParsers {
			document, err := parse(body)
			if err != nil {
				if CodeOf(err) != Invalid {
					t.Errorf("%s: %v is %s, want invalid", what, err, CodeOf(err))
				}
				continue
			}
			if document == nil {
				continue
			}
			if !json.Valid(document) {
				t.Errorf("%s: made %q", what, document)
			}
			if again, err := parse(document); err != nil || string(again) != string(document) {
				t.Errorf("%s: %s read again is %s, %v", what, document, again, err)
			}
		}
	})
}
