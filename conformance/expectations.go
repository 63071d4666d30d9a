package conformance

import (
	"net/http"
	"strings"
	"testing"
)

// parts runs the parts of a noun one after the other, in one organization.
func (o *org) parts(t *testing.T, parts []noun) {
	t.Helper()
	for _, p := range parts {
		t.Run(p.name, func(t *testing.T) { p.test(t, o) })
	}
}

// refusal is a request body and the message that answers it.
type refusal struct{ body, message string }

// rejects expects 400 with the list form of each message.
func (a actor) rejects(t *testing.T, method, path string, rows []refusal) {
	t.Helper()
	for _, row := range rows {
		a.Do(method, path, row.body).WantError(t, http.StatusBadRequest, row.message)
	}
}

// rejectsAll expects 400 for each body, whatever the message.
func (a actor) rejectsAll(t *testing.T, method, path string, bodies ...string) {
	t.Helper()
	for _, body := range bodies {
		a.Do(method, path, body).Want(t, http.StatusBadRequest, "")
	}
}

// access says who of an organization may do something, by the names of the
// fields of org. All others are denied.
type access struct {
	method, path, body string
	status             int    // for those who may
	who                string // "super admin user client validator"
	denied             string // permission that the others lack, by name
	undo               func() // puts things back after a success
}

// grants tries each row as each kind of actor, outsiders included.
func (o *org) grants(t *testing.T, rows []access) {
	t.Helper()
	members := []struct {
		name string
		as   actor
	}{
		{"super", o.super}, {"admin", o.admin}, {"user", o.user}, {"client", o.client}, {"validator", o.validator},
	}
	for _, row := range rows {
		for _, m := range members {
			res := m.as.Do(row.method, row.path, row.body)
			if !strings.Contains(" "+row.who+" ", " "+m.name+" ") {
				res.WantMissing(t, row.denied)
				continue
			}
			if res.Want(t, row.status, ""); res.status < 300 && row.undo != nil {
				row.undo()
			}
		}
		o.deniesOutsiders(t, row.method, row.path, row.body)
	}
}

// deniesOutsiders expects a path to be closed to those who are not members.
func (o *org) deniesOutsiders(t *testing.T, method, path, body string) {
	t.Helper()
	o.outsider.Do(method, path, body).WantError(t, http.StatusForbidden, "'$outsider' not associated with organization '$O'")
	o.stranger.Do(method, path, body).WantError(t, http.StatusUnauthorized,
		"Failed to authenticate as '$stranger'. Ensure that your node_name and client key are correct.")
	o.user.withKey(o.keys[2]).Do(method, path, body).WantError(t, http.StatusUnauthorized,
		"Invalid signature for user or client '$user'")
}
