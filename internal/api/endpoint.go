package api

import (
	"net/http"
	"slices"
	"strings"
)

// handler does what a request asks once its sender is known.
type handler func(*request) (*response, error)

// endpoint is one method of a resource. prepare runs before the signature is
// verified: a malformed body is reported even to strangers.
type endpoint struct {
	prepare func(*request) (handler, error)
	open    bool // answers without a signature

	// signedPath, if set, says which path the client signed, where that is not
	// the one it asked for.
	signedPath func(*http.Request) string
}

// resource is what one path offers, by method.
type resource map[string]endpoint

// do is an endpoint that takes no body.
func do(h handler) endpoint {
	return endpoint{prepare: func(*request) (handler, error) { return h, nil }}
}

// take is an endpoint whose body parse validates.
func take[T any](parse func(*request) (T, error), h func(*request, T) (*response, error)) endpoint {
	return endpoint{prepare: func(rq *request) (handler, error) {
		v, err := parse(rq)
		if err != nil {
			return nil, err
		}
		return func(rq *request) (*response, error) { return h(rq, v) }, nil
	}}
}

// unsigned is an endpoint that anyone may call.
func unsigned(h handler) endpoint {
	e := do(h)
	e.open = true
	return e
}

// methodOrder is the order in which Allow lists methods.
var methodOrder = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodHead}

func (r resource) allow() string {
	var methods []string
	for _, m := range methodOrder {
		if _, ok := r[m]; ok {
			methods = append(methods, m)
		}
	}
	return strings.Join(methods, ", ")
}

// route serves a resource at a ServeMux pattern.
func (s *Server) route(pattern string, r resource) {
	for m := range r {
		if !slices.Contains(methodOrder, m) {
			panic("api: method " + m + " is not in methodOrder")
		}
	}
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, hr *http.Request) { s.serve(w, hr, r) })
}

// orgRoute serves a resource below an organization.
func (s *Server) orgRoute(path string, r resource) {
	s.route("/organizations/{org}"+path, r)
}
