package ctl

import (
	"net/url"
	"strings"
)

// path is the path of a request, escaped.
type path string

// at is the path of these segments.
func at(segments ...string) path {
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(s))
	}
	return path(b.String())
}

// org is the path of these segments below an organization.
func org(name string, segments ...string) path {
	return at("organizations", name) + at(segments...)
}
