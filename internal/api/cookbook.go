package api

import (
	"errors"
	"net/http"

	"tournant/internal/authz"
	"tournant/internal/catalog"
	"tournant/internal/chef"
	"tournant/internal/store"
)

const cookbooksContainer = "cookbooks"

func (s *Server) cookbookRoutes() {
	s.orgRoute("/cookbooks", resource{"GET": take(parseNumVersions(1), listCookbooks)})
	s.orgRoute("/cookbooks/{name}", resource{"GET": take(parseNumVersions(1), showCookbook)})
	s.orgRoute("/cookbooks/{name}/{version}", resource{
		"GET":    take(parseCookbookPath, getCookbookVersion),
		"PUT":    take(parseCookbookVersion, putCookbookVersion),
		"DELETE": take(parseCookbookPath, deleteCookbookVersion),
	})
}

// cookbookPath is a version that a URL names.
type cookbookPath struct {
	name   string
	text   string // the version as it was asked for
	number chef.Version
	latest bool
}

func parseCookbookPath(rq *request) (cookbookPath, error) {
	p := cookbookPath{name: rq.PathValue("name"), text: rq.PathValue("version")}
	if p.text == "_latest" || p.text == "latest" {
		p.latest = true
		return p, nil
	}
	var err error
	p.number, err = chef.ParseCookbookPath(p.text)
	return p, err
}

func (p cookbookPath) missing() error {
	return chef.Errorf(chef.NotFound, "Cannot find a cookbook named %s with version %s", p.name, p.text)
}

// allFiles reports whether the request's API version lists the files of a
// cookbook in one list.
func (rq *request) allFiles() bool { return rq.version >= 2 }

func parseCookbookVersion(rq *request) (*chef.CookbookVersion, error) {
	return chef.ParseCookbookVersion(rq.body, rq.PathValue("name"), rq.PathValue("version"), rq.allFiles())
}

// catalog returns the organization's cookbooks as of when the request came.
func (rq *request) catalog() (*catalog.Catalog, error) {
	return rq.catalogs.At(rq.Context(), rq.org.ID, rq.heads)
}

// find returns the version and its cookbook after checking a permission.
func (p cookbookPath) find(rq *request, perm authz.Perm) (*catalog.Cookbook, *catalog.Version, error) {
	all, err := rq.catalog()
	if err != nil {
		return nil, nil, err
	}
	book := all.Cookbook(p.name)
	if book == nil {
		return nil, nil, p.missing()
	}
	v := &book.Versions[0]
	if !p.latest {
		v = book.Version(p.number)
	}
	if v == nil {
		return nil, nil, p.missing()
	}
	return book, v, rq.require(book.ACL, perm)
}

func getCookbookVersion(rq *request, p cookbookPath) (*response, error) {
	_, v, err := p.find(rq, authz.Read)
	if err != nil {
		return nil, err
	}
	return rq.manifest(v, chef.ManifestForm{AllFiles: rq.allFiles()})
}

func putCookbookVersion(rq *request, c *chef.CookbookVersion) (*response, error) {
	book, old, err := rq.Store.CookbookVersion(rq.Context(), rq.org.ID, c.Name, c.Version)
	if err != nil {
		return nil, err
	}
	if old == nil {
		return createCookbookVersion(rq, book, c)
	}
	return updateCookbookVersion(rq, book, old, c)
}

// createCookbookVersion adds a version to a cookbook, or with it a cookbook
// when book is nil.
func createCookbookVersion(rq *request, book *store.Object, c *chef.CookbookVersion) (*response, error) {
	if book == nil {
		acl, err := rq.inherit(cookbooksContainer)
		if err != nil {
			return nil, err
		}
		err = rq.Store.CreateCookbook(rq.Context(), rq.org.ID, c, acl)
		return cookbookCreated(rq, c, err)
	}
	if err := rq.require(book.ACL, authz.Update); err != nil {
		return nil, err
	}
	return cookbookCreated(rq, c, rq.Store.AddCookbookVersion(rq.Context(), book, c))
}

func cookbookCreated(rq *request, c *chef.CookbookVersion, err error) (*response, error) {
	if err != nil {
		return nil, orUnknownFile(err)
	}
	return raw(http.StatusCreated, rq.url(cookbooksContainer, c.Name, rq.PathValue("version")), c.Document())
}

// orUnknownFile words a file that a new manifest names and nobody uploaded.
func orUnknownFile(err error) error {
	var unknown *store.UnknownChecksum
	if errors.As(err, &unknown) {
		return chef.Errorf(chef.Invalid, "Manifest has a checksum that hasn't been uploaded.")
	}
	return err
}

func updateCookbookVersion(rq *request, book *store.Object, old *store.CookbookVersion, c *chef.CookbookVersion) (*response, error) {
	if err := rq.require(book.ACL, authz.Update); err != nil {
		return nil, err
	}
	if old.Frozen && !rq.forced() {
		return nil, chef.Errorf(chef.Conflict,
			"The cookbook %s at version %s is frozen. Use the 'force' option to override.", c.Name, c.Version)
	}
	if old.Frozen {
		c.Freeze()
	}
	err := rq.Store.UpdateCookbookVersion(rq.Context(), book, old, c)
	var unknown *store.UnknownChecksum
	if errors.As(err, &unknown) {
		return nil, chef.Errorf(chef.Invalid, "Manifest has checksum %s but it hasn't yet been uploaded", unknown.Checksum)
	}
	if err != nil {
		return nil, err
	}
	rq.Files.Sweep()
	return raw(http.StatusOK, "", c.Document())
}

// forced reports whether a frozen version may be replaced: any value of force
// but false says so, as does none.
func (rq *request) forced() bool {
	q := rq.URL.Query()
	return q.Has("force") && q.Get("force") != "false"
}

// deleteCookbookVersion answers with the old form of the manifest, whatever the
// API version.
func deleteCookbookVersion(rq *request, p cookbookPath) (*response, error) {
	book, v, err := p.find(rq, authz.Delete)
	if err != nil {
		return nil, err
	}
	res, err := rq.manifest(v, chef.ManifestForm{})
	if err != nil {
		return nil, err
	}
	err = rq.Store.DeleteCookbookVersion(rq.Context(), book.Object(rq.org.ID), v.ID)
	if err != nil {
		return nil, orMissing(err, p.missing())
	}
	rq.Files.Sweep()
	return res, nil
}
