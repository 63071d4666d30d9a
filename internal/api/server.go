// Package api is the Chef Infra Server API over HTTP: one file a noun, and one
// pipeline that every request runs through in the order of checks that clients
// can observe (chef-api/routes.md section 1).
package api

import (
	"crypto/rsa"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tournant/internal/blob"
	"tournant/internal/catalog"
	"tournant/internal/identity"
	"tournant/internal/keygen"
	"tournant/internal/listing"
	"tournant/internal/metrics"
	"tournant/internal/search"
	"tournant/internal/store"
)

// Config is what a Server needs.
type Config struct {
	Store *store.Store
	Index *search.Index
	Log   *slog.Logger
	Now   func() time.Time
	Keys  *keygen.Pool // the keys of new actors

	// Version is this build's.
	Version string

	// WebUIKey verifies requests that the web UI signs for a user.
	WebUIKey *rsa.PublicKey

	// BaseURL is the base of every URL in answers; empty takes the request's
	// scheme and Host.
	BaseURL string

	// MaxBody bounds JSON bodies, in bytes.
	MaxBody int64

	// Files keeps the files of cookbooks, and Presigner signs their URLs.
	Files     *blob.Database
	Presigner *blob.Presigner

	// FileURLTTL is how long a URL for downloading a file is good for.
	FileURLTTL time.Duration

	// ClockSkew is how far a request's timestamp may be off.
	ClockSkew time.Duration

	// NodeLicense is the number of nodes above which /license speaks of a
	// limit. Nothing else does.
	NodeLicense int

	// StatsPassword lets other hosts read the metrics; empty lets none.
	StatsPassword string

	// EmailByWebUIOnly refuses changes of e-mail addresses that the web UI
	// did not sign.
	EmailByWebUIOnly bool
}

// Server is the API's http.Handler.
type Server struct {
	Config
	identities *identity.Cache
	lists      *listing.Cache
	catalogs   *catalog.Cache
	manifests  *catalog.Manifests
	solving    solvers
	metrics    *metrics.Metrics
	mux        *http.ServeMux
}

// New returns the API over a store.
func New(c Config) *Server {
	s := &Server{
		Config: c, mux: http.NewServeMux(), identities: identity.New(c.Store), lists: listing.New(c.Store),
		catalogs: catalog.NewCache(c.Store), manifests: catalog.NewManifests(c.Store), solving: newSolvers(),
	}
	s.metrics = metrics.New(s, c.Log)
	s.routes()
	return s
}

// ServeHTTP answers one request. Paths are matched with empty segments left
// out, as Chef's router does; ServeMux would redirect them.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	routed := *r
	routed.URL = squeeze(r.URL)
	s.mux.ServeHTTP(w, &routed)
}

// squeeze returns the URL without empty path segments, and with segments of
// dots spelled so that ServeMux takes them as names: a node may be called "..".
func squeeze(u *url.URL) *url.URL {
	path := u.EscapedPath()
	if !strings.Contains(path, "//") && !strings.Contains(path, "/.") && (path == "/" || !strings.HasSuffix(path, "/")) {
		return u
	}
	var b strings.Builder
	for segment := range strings.SplitSeq(path, "/") {
		if segment == "" {
			continue
		}
		if segment == "." || segment == ".." {
			segment = strings.ReplaceAll(segment, ".", "%2E")
		}
		b.WriteByte('/')
		b.WriteString(segment)
	}
	if b.Len() == 0 {
		b.WriteByte('/')
	}
	out := *u
	out.RawPath = b.String()
	decoded, err := url.PathUnescape(out.RawPath)
	if err != nil {
		return u
	}
	out.Path = decoded
	return &out
}

// signedPath is the path as the client asked for it, which is what it signed.
func signedPath(r *http.Request) string {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") { // absolute form, as a proxy sends it
		if u, err := url.Parse(r.RequestURI); err == nil {
			return u.EscapedPath()
		}
	}
	return path
}
